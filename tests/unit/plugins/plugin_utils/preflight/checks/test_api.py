# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from unit.plugins.plugin_utils.preflight.good_node import (
    CLUSTER,
    FLEET,
    ONE,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge


def test_each_missing_right_is_named():
    cluster = dict(CLUSTER, missing_rights=["evict pods", "patch nodes"])
    findings = judge.judge_fleet(ONE, cluster, FLEET)
    assert [f["details"]["right"] for f in findings] == ["evict pods", "patch nodes"]


def test_without_its_lease_a_rollout_is_to_be_accepted():
    cluster = dict(CLUSTER, missing_rights=["get leases in kube-node-lease", "patch leases in kube-system"])
    for allow, levels in ([], ["blocker", "blocker"]), (["no-lease"], ["blocker", "warning"]):
        findings = judge.judge_fleet(ONE, cluster, dict(FLEET, allow=allow))
        seen = [(f["token"], f["level"]) for f in findings]
        assert sorted(seen) == list(zip(["CRI-PF-LEASE-RIGHTS", "CRI-PF-RIGHTS"], levels[::-1])), seen
