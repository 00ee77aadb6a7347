# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from unit.plugins.plugin_utils.verification.entries import entry, pod

from ansible_collections.cri.switchover.plugins.plugin_utils.compact_cluster import compact_cluster
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.own_pods import own_pods


def test_of_the_cluster_little_is_kept():
    pods = [pod("web-1", owner_kind="ReplicaSet", images=["web:1"], labels={"app": "web"}), pod("agent-x")]
    cluster = {"nodes": {"n1": entry(pods=pods)}, "missing_rights": ["get nodes"]}
    found = compact_cluster(cluster)
    assert dict(found["nodes"]["n1"], pods=pods) == entry(pods=pods) and found["missing_rights"] == ["get nodes"]
    # A revert transfers the images of all pods.
    web, agent = found["nodes"]["n1"]["pods"]
    assert web["images"] == ["web:1"] and web["name"] == "web-1" and "labels" not in web
    assert own_pods(found["nodes"]["n1"]) == [agent] and "container_ids" not in agent
    assert compact_cluster({"error": {"msg": "x"}}) == {"error": {"msg": "x"}, "nodes": {}}
