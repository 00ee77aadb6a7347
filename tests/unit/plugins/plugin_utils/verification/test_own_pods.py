# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.verification.entries import entry, expectation, pod, reasons

from ansible_collections.cri.switchover.plugins.plugin_utils.compact_cluster import compact_cluster
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.own_pods import judge_pods


@pytest.mark.parametrize(
    "before, now, part",
    [
        (pod(), [pod("agent-y")], None),
        (pod(), [pod("agent-y", ids=["docker://1"])], "no container of containerd://"),
        (pod(), [pod("agent-y", ids=["containerd://1", "docker://1"])], "no container of containerd://"),
        (pod(), [pod("agent-y", ids=[])], "no container of containerd://"),
        (pod(), [pod("agent-y", ready=False)], "is not Ready"),
        (pod(), [], "is missing"),
        (pod(), [pod("agent-y", terminating=True)], "is missing"),
        (pod(), [pod("agent-y"), pod("agent-x", terminating=True, ids=["docker://1"])], None),
        (pod(), [pod("agent-y", owner="other")], "is missing"),
        (pod(), [pod("agent-y", namespace="other")], "is missing"),
        (pod(ready=False), [], None),
        (pod("etcd-n1", static=True), [pod("etcd-n1", static=True)], None),
        (pod("etcd-n1", static=True), [pod("etcd-n1", static=True, ids=["docker://1"])], "static pod"),
        (pod("etcd-n1", static=True), [pod("apiserver-n1", static=True)], "is missing"),
        (pod(owner_kind="ReplicaSet"), [], None),
    ],
)
def test_the_nodes_own_pods(before, now, part):
    unmet = judge_pods(expectation(entry(pods=[before])), entry(pods=now))
    compact = compact_cluster({"nodes": {"n1": entry(pods=[before])}})["nodes"]["n1"]
    assert judge_pods(expectation(compact), entry(pods=now)) == unmet
    if part is None:
        assert unmet == []
    else:
        assert reasons(unmet) == ["CRI-VERIFY-POD"] and part in unmet[0]["message"]


def test_a_daemonset_that_is_gone_is_not_waited_for():
    baseline = entry(pods=[pod(), pod("etcd-n1", static=True)])
    unmet = judge_pods(expectation(baseline), entry(), gone={("kube-system", "agent")})
    assert [item["details"]["name"] for item in unmet] == ["etcd-n1"]
