# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.times import micro_time
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.workloads import baseline as baseline_of
from ansible_collections.cri.switchover.plugins.module_utils._rollout import health

NOW = 1764075600.0


def obj(name, ready=None, spec=None, status=None, labels=None, born=NOW - 9999):
    meta = {"namespace": "shop", "name": name, "labels": labels or {}}
    meta["creationTimestamp"] = micro_time(born)[:19] + "Z"
    status = dict(status or {})
    if ready is not None:
        status["conditions"] = [{"type": "Ready", "status": "True" if ready else "Unknown"}]
    return {"metadata": meta, "spec": spec or {}, "status": status}


def node(name, ready=True, runtime="containerd://1.6.20"):
    return obj(name, ready, status={"nodeInfo": {"containerRuntimeVersion": runtime}})


def lease(ago, duration=40):
    return {"spec": {"renewTime": micro_time(NOW - ago), "leaseDurationSeconds": duration}}


@pytest.mark.parametrize(
    "the_lease, changed_ago, fresh",
    [
        (lease(0), None, True),
        (lease(40), None, True),
        (lease(41), None, False),
        (lease(10, duration=5), None, False),
        (lease(-5), None, True),
        # by a clock that is ahead, or behind: a change that was seen counts
        (lease(-6), None, False),
        (lease(-600), 10, True),
        (lease(600), 10, True),
        (lease(600), 41, False),
        (lease(30, duration=None), None, True),
        (lease(41, duration=None), None, False),
        (None, None, False),
        ({"spec": {}}, None, False),
        ({}, 3, True),
    ],
)
def test_a_lease_that_is_renewed(the_lease, changed_ago, fresh):
    assert health.is_fresh(the_lease, NOW, changed_ago) is fresh


@pytest.mark.parametrize(
    "seen, the_lease, runtime, text",
    [
        (node("n"), lease(5), "containerd", None),
        (node("n", runtime="docker://20.10"), lease(5), "docker", None),
        (None, lease(5), "containerd", "is gone"),
        (node("n", ready=False), lease(5), "containerd", "is not Ready"),
        (node("n", runtime="docker://20.10"), lease(5), "containerd", "is on docker://20.10"),
        (node("n", ready=None), lease(5), "containerd", "is not Ready"),
        # Its runtime did not answer kubelet: waited for, and not called wrong.
        (node("n", runtime="containerd://Unknown"), lease(5), "containerd", "version kubelet has not reported yet"),
        (node("n", runtime="docker://Unknown"), lease(5), "containerd", "is on docker, whose version"),
        (node("n", runtime=None), lease(5), "containerd", "is on a runtime that kubelet has not reported yet"),
        (node("n"), lease(99), "containerd", "does not renew"),
        (node("n"), None, "containerd", "does not renew"),
    ],
)
def test_a_node_that_was_switched(seen, the_lease, runtime, text):
    nodes = {"n": seen} if seen else {}
    found = list(health.judge_nodes({"n": runtime}, nodes, {"n": the_lease}, NOW, {}))
    assert [item["reason"] for item in found] == (["CRI-FLEET-NODE"] if text else [])
    assert not text or (text in found[0]["message"] and found[0]["details"]["node"] == "n")


def deployment(name, ready, born=NOW - 9999):
    return obj(name, spec={"replicas": 2}, status={"readyReplicas": ready}, born=born)


@pytest.mark.parametrize(
    "before, later, lacking",
    [
        ([deployment("web", 2)], [deployment("web", 2)], []),
        ([deployment("web", 2)], [deployment("web", 1)], ["Deployment shop/web"]),
        ([deployment("web", 1)], [deployment("web", 0)], []),  # it had fewer before
        ([deployment("web", 1)], [deployment("web", 2)], []),
        ([deployment("web", 2)], [], []),  # deleted
        ([], [deployment("new", 0, born=NOW + 60)], []),  # made during the run
        ([deployment("web", 2)], [deployment("web", 0, born=NOW + 60)], []),  # made anew
    ],
)
def test_workloads_below_what_they_had(before, later, lacking):
    baseline = baseline_of({"Deployment": before}, [], NOW)
    found = list(health.judge_workloads(baseline, {"Deployment": later}))
    assert [item["details"]["workload"] for item in found] == lacking
    assert all(item["reason"] == "CRI-FLEET-WORKLOAD" for item in found)


def test_kinds_are_kept_apart_and_numbers_reported():
    baseline = baseline_of({"Deployment": [deployment("web", 1)]}, [], NOW)
    (found,) = health.judge_workloads(baseline, {"StatefulSet": [deployment("web", 1)]})
    assert found["message"] == "StatefulSet shop/web has 1 of 2 pods ready"
    assert (found["details"]["ready"], found["details"]["wanted"]) == (1, 2)


def test_without_a_baseline_all_have_to_be_ready():
    assert len(list(health.judge_workloads({}, {"Deployment": [deployment("web", 1)]}))) == 1


def test_pods_of_the_control_plane_that_were_ready():
    baseline = baseline_of({}, [obj("api-1", True), obj("api-2", False), obj("api-3", True)], NOW)
    assert baseline["control_plane"] == ["shop/api-1", "shop/api-3"]
    found = health.judge_control_plane(baseline, [obj("api-1", True), obj("api-2", False), obj("api-3", False)])
    assert [item["details"]["pod"] for item in found] == ["shop/api-3"]
    assert len(list(health.judge_control_plane(baseline, []))) == 2


def etcd(text):
    """ "a b!" : a member on each node, those with a mark not Ready."""
    labels = {"component": "etcd"}
    return [
        obj("etcd-" + word, not word.endswith("!"), {"nodeName": word.rstrip("!")}, labels=labels)
        for word in text.split()
    ]


@pytest.mark.parametrize(
    "members, upcoming, left",
    [
        ("a b c", "a", None),
        ("a b! c", "a", 1),
        ("a! b c", "a", None),  # the one that fails is the one that goes
        ("a b! c", "w", None),  # a worker takes no member away
        ("a b c d! e", "a", None),
        ("a b c! d! e", "a", 2),
        ("a", "a", None),
        ("a b", "a", None),
        ("", "a", None),
        ("a b c", "a b", 1),
    ],
)
def test_etcd_keeps_its_quorum(members, upcoming, left):
    found = list(health.judge_etcd(etcd(members), upcoming.split()))
    assert [item["details"]["left"] for item in found] == ([] if left is None else [left])


def test_other_pods_are_no_members_of_etcd():
    pods = etcd("a b c") + [obj("kube-apiserver-a", True, {"nodeName": "a"}, labels={"component": "kube-apiserver"})]
    assert not list(health.judge_etcd(pods, ["a"]))


def test_gates_report_what_they_saw():
    gates = [
        {"name": "g", "ok": False, "seen": 1, "wanted": 0},
        {"name": "h", "ok": True, "seen": 1, "wanted": 1},
        {"name": "i", "ok": False, "seen": None, "wanted": 0, "error": "no such function"},
    ]
    texts = [item["message"] for item in health.judge_gates(gates)]
    assert texts == ["gate g: seen 1, wanted 0", "gate i: no such function"]


def test_there_is_capacity():
    capacities = {name: {"moves": {"cpu": 1}, "free": {"cpu": 2}} for name in ("n1", "n2", "n3")}
    assert list(health.judge_capacity(capacities, ["n1", "n2", "gone"])) == []
    assert list(health.judge_capacity({}, ["n1"])) == []


def test_an_api_server_that_is_not_ready_any_more_is_named():
    found = list(health.judge_apiservers({"10.0.0.1:6443": None, "10.0.0.2:6443": "etcd failed"}))
    assert [(item["reason"], item["details"]) for item in found] == [
        ("CRI-FLEET-APISERVER", {"server": "10.0.0.2:6443"})
    ]
    assert "10.0.0.2:6443 is not ready any more: etcd failed" in found[0]["message"]
    assert baseline_of({}, [], NOW, ["b:1", "a:1"])["apiservers"] == ["a:1", "b:1"]
