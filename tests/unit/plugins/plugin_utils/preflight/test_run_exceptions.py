# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What concerns the whole run is allowed by the exception of any host, not of the first one only."""

import pytest
from unit.plugins.plugin_utils.preflight.good_node import CLUSTER, FLEET, INFO, SETTINGS, changed

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rights import LEASE_RIGHTS
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge

MOUNT = {"kind": "Deployment", "namespace": "a", "name": "b", "paths": ["/var/run/docker.sock"]}


@pytest.mark.parametrize(
    "exception, token, changes",
    [
        ("other-nodes", "CRI-PF-INVENTORY", {"docker_nodes": ["node1", "node2", "node3"]}),
        ("no-lease", "CRI-PF-LEASE-RIGHTS", {"missing_rights": [LEASE_RIGHTS[0]]}),
        ("docker-socket-mounts", "CRI-PF-DOCKER-MOUNTS", {"docker_mounts": [MOUNT]}),
    ],
)
@pytest.mark.parametrize("allowing", ["", "node1", "node2"])
def test_any_host_may_allow_it(exception, token, changes, allowing):
    hosts = [
        {
            "host": name,
            "info": dict(INFO, node_name=name),
            "settings": dict(SETTINGS, allow=[exception] if name == allowing else []),
        }
        for name in ("node1", "node2")
    ]
    settings = dict(FLEET, inventory=["node1", "node2"])
    found = judge.judge_fleet(hosts, changed(CLUSTER, changes), settings)
    assert [item["level"] for item in found if item["token"] == token] == ["warning" if allowing else "blocker"]
