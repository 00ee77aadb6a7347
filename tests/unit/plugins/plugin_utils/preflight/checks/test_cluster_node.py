# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    CLUSTER,
    INFO,
    NODE,
    SETTINGS,
    changed,
    found,
    tokens,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge

NODE_FINDINGS = [
    ("blocker", "CRI-PF-NODE-NAME", {"nodes": {"other": NODE}}),
    ("blocker", "CRI-PF-NODE-MISMATCH", {"nodes/node1/runtime_version": "containerd://1.6.20"}),
    # Of another name, or of none: it is not known to be this machine.
    ("blocker", "CRI-PF-NODE-MISMATCH", {"nodes/node1/runtime_version": "containerd://Unknown"}),
    ("blocker", "CRI-PF-NODE-MISMATCH", {"nodes/node1/runtime_version": None}),
    ("note", "CRI-PF-RUNTIME-UNREPORTED", {"nodes/node1/runtime_version": "docker://Unknown"}),
    ("blocker", "CRI-PF-KUBELET-RESTART", {"nodes/node1/kubelet_version": "v1.22.17"}),
    ("blocker", "CRI-PF-NOT-READY", {"nodes/node1/ready": False}),
    ("warning", "CRI-PF-PRESSURE", {"nodes/node1/pressure": ["DiskPressure"]}),
    ("note", "CRI-PF-CORDONED", {"nodes/node1/unschedulable": True}),
    (
        "note",
        "CRI-PF-CORDONED-BY-RUN",
        {"nodes/node1/unschedulable": True, "nodes/node1/annotations": {"cri.switchover/cordon": "{}"}},
    ),
]


@pytest.mark.parametrize("level, token, changes", NODE_FINDINGS)
def test_what_the_cluster_says(level, token, changes):
    findings = found(cluster=changed(CLUSTER, changes))
    assert tokens(findings, level) == [token] and len(findings) == 1


@pytest.mark.parametrize(
    "reported, words",
    [
        ("docker://Unknown", "node node1 is on docker, whose version kubelet has not reported yet"),
        ("containerd://Unknown", "but the cluster's node node1 is on containerd, whose version kubelet has not"),
        (None, "but the cluster's node node1 is on a runtime that kubelet has not reported yet"),
    ],
)
def test_a_runtime_that_kubelet_has_not_reported_is_not_called_wrong(reported, words):
    (judged,) = found(cluster=changed(CLUSTER, {"nodes/node1/runtime_version": reported}))
    assert words in judged["message"] and "kubelet" in judged["remedy"]
    assert judged["details"] == {"seen": "docker", "cluster": reported}


def test_a_target_that_did_not_answer_kubelet_is_reported_of_a_node_that_is_done():
    info = changed(INFO, {"runtime": {"in_use": "containerd"}, "journal": {"phase": "finalized"}})
    judged = found(info, changed(CLUSTER, {"nodes/node1/runtime_version": "containerd://Unknown"}))
    assert tokens(judged) == [] and tokens(judged, "note") == ["CRI-PF-DONE", "CRI-PF-RUNTIME-UNREPORTED"]


def test_another_name_than_kubelets():
    cluster = changed(CLUSTER, {"nodes": {"alias": NODE}})
    assert tokens(found(cluster=cluster, settings=dict(SETTINGS, node_name="alias")), "warning") == ["CRI-PF-NODE-NAME"]


@pytest.mark.parametrize(
    "node, words",
    [
        ({}, "the cluster has it Ready on docker://20.10.24"),
        ({"runtime_version": "docker://Unknown"}, "Ready on docker, whose version kubelet has not reported yet"),
        ({"runtime_version": None}, "Ready on a runtime that kubelet has not reported yet"),
        (
            {"ready": False, "unschedulable": True},
            "not Ready on docker://20.10.24, cordoned, not by a run of this collection",
        ),
        (
            {"annotations/cri.switchover~1cordon": '{"run_id": "r1", "was_unschedulable": false, "at": "T"}'},
            "cordoned by the run r1 at T, which has not returned it to service",
        ),
        ({"annotations/cri.switchover~1cordon": "{}"}, "cordoned by a run of this collection"),
        (None, "the cluster knows no node of the name node1"),
    ],
)
def test_an_unreachable_host_is_reported_with_what_the_cluster_knows(node, words):
    nodes = {"node1": {"ready": True, "runtime_version": "docker://20.10.24", "annotations": {}}}
    if node is None:
        nodes = {}
    else:
        for key, value in node.items():
            first, _slash, rest = key.partition("/")
            if rest:
                nodes["node1"][first][rest.replace("~1", "/")] = value
            else:
                nodes["node1"][first] = value
    cluster = {"reachable": True, "nodes": nodes}
    (judged,) = judge.judge("node1", None, cluster, SETTINGS, unreachable=True, error="timed out")
    assert tokens([judged]) == ["CRI-PF-UNREACHABLE"]
    assert "timed out" in judged["message"] and words in judged["message"]
