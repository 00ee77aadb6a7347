# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.external_controllers import known_groups
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import external_controllers


def test_external_controllers_are_warned_of():
    assert list(external_controllers.judge({})) == []
    groups = known_groups([{"name": name} for name in ("apps", "karpenter.sh", "cluster.x-k8s.io")])
    kured = {"daemonset": "ops/kured", "nodes": ["n1"]}
    findings = list(external_controllers.judge({"external_controllers": {"kured": kured, "groups": groups}}))
    assert [(f["token"], f["level"]) for f in findings] == [
        ("CRI-PF-KURED", "warning"),
        ("CRI-PF-EXTERNAL-CONTROLLER", "warning"),
        ("CRI-PF-EXTERNAL-CONTROLLER", "warning"),
    ]
    assert "n1" in findings[0]["message"] and "Cluster API" in findings[1]["remedy"]
