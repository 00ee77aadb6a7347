# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._rollout import health, lease_plan, polling

NOW = 1764075600.0


def obj(name, ready=None, spec=None, status=None, labels=None, born=NOW - 9999):
    meta = {"namespace": "shop", "name": name, "labels": labels or {}}
    meta["creationTimestamp"] = lease_plan.stamp(born)[:19] + "Z"
    status = dict(status or {})
    if ready is not None:
        status["conditions"] = [{"type": "Ready", "status": "True" if ready else "Unknown"}]
    return {"metadata": meta, "spec": spec or {}, "status": status}


def node(name, ready=True, runtime="containerd://1.6.20"):
    return obj(name, ready, status={"nodeInfo": {"containerRuntimeVersion": runtime}})


def lease(ago, duration=40):
    return {"spec": {"renewTime": lease_plan.stamp(NOW - ago), "leaseDurationSeconds": duration}}


@pytest.mark.parametrize(
    "the_lease, changed_ago, fresh",
    [
        (lease(0), None, True),
        (lease(40), None, True),
        (lease(41), None, False),
        (lease(10, duration=5), None, False),
        (lease(-5), None, True),
        # by a clock that is ahead, or behind: seen to change is what counts
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
def test_a_node_that_was_moved(seen, the_lease, runtime, text):
    nodes = {"n": seen} if seen else {}
    found = list(health.judge_nodes({"n": runtime}, nodes, {"n": the_lease}, NOW, {}))
    assert [item["reason"] for item in found] == (["CRI-FLEET-NODE"] if text else [])
    assert not text or (text in found[0]["text"] and found[0]["details"]["node"] == "n")


@pytest.mark.parametrize(
    "version, unreported, text",
    [
        ("containerd://1.6.20", False, "containerd://1.6.20"),
        ("docker://20.10.24+dfsg1", False, "docker://20.10.24+dfsg1"),
        ("containerd://Unknown", True, "containerd, whose version kubelet has not reported yet"),
        ("cri-o://Unknown", True, "cri-o, whose version kubelet has not reported yet"),
        (None, True, "a runtime that kubelet has not reported yet"),
        ("", True, "a runtime that kubelet has not reported yet"),
        # As a build calls itself that was told no version: reported, all the same.
        ("containerd://0.0.0+unknown", False, "containerd://0.0.0+unknown"),
    ],
)
def test_what_kubelet_reports_of_its_runtime(version, unreported, text):
    assert (health.is_unreported(version), health.runtime_text(version)) == (unreported, text)


@pytest.mark.parametrize(
    "kind, spec, status, numbers",
    [
        ("Deployment", {"replicas": 3}, {"readyReplicas": 2}, (2, 3)),
        ("Deployment", {}, {}, (0, 1)),
        ("Deployment", {"replicas": 0}, {}, (0, 0)),
        ("StatefulSet", {"replicas": 2}, {"readyReplicas": 2}, (2, 2)),
        ("DaemonSet", {}, {"numberReady": 4, "desiredNumberScheduled": 5}, (4, 5)),
        ("DaemonSet", {}, {}, (0, 0)),
    ],
)
def test_the_numbers_of_a_workload(kind, spec, status, numbers):
    assert health.numbers(kind, obj("w", spec=spec, status=status)) == numbers


def deployment(name, ready, born=NOW - 9999):
    return obj(name, spec={"replicas": 2}, status={"readyReplicas": ready}, born=born)


@pytest.mark.parametrize(
    "before, later, lacking",
    [
        ([deployment("web", 2)], [deployment("web", 2)], []),
        ([deployment("web", 2)], [deployment("web", 1)], ["Deployment shop/web"]),
        ([deployment("web", 1)], [deployment("web", 0)], []),  # it had less before
        ([deployment("web", 1)], [deployment("web", 2)], []),
        ([deployment("web", 2)], [], []),  # deleted
        ([], [deployment("new", 0, born=NOW + 60)], []),  # made during the run
        ([deployment("web", 2)], [deployment("web", 0, born=NOW + 60)], []),  # made anew
    ],
)
def test_workloads_below_what_they_had(before, later, lacking):
    baseline = health.baseline({"Deployment": before}, [], NOW)
    found = list(health.judge_workloads(baseline, {"Deployment": later}))
    assert [item["details"]["workload"] for item in found] == lacking
    assert all(item["reason"] == "CRI-FLEET-WORKLOAD" for item in found)


def test_kinds_are_told_apart_and_numbers_told():
    baseline = health.baseline({"Deployment": [deployment("web", 1)]}, [], NOW)
    (found,) = health.judge_workloads(baseline, {"StatefulSet": [deployment("web", 1)]})
    assert found["text"] == "StatefulSet shop/web has 1 of 2 pods ready"
    assert (found["details"]["ready"], found["details"]["wanted"]) == (1, 2)


def test_without_a_baseline_all_have_to_be_ready():
    assert len(list(health.judge_workloads({}, {"Deployment": [deployment("web", 1)]}))) == 1


def test_pods_of_the_control_plane_that_were_ready():
    baseline = health.baseline({}, [obj("api-1", True), obj("api-2", False), obj("api-3", True)], NOW)
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


def test_gates_tell_what_they_saw():
    gates = [
        {"name": "g", "ok": False, "seen": 1, "wanted": 0},
        {"name": "h", "ok": True, "seen": 1, "wanted": 1},
        {"name": "i", "ok": False, "seen": None, "wanted": 0, "error": "no such function"},
    ]
    texts = [item["text"] for item in health.judge_gates(gates)]
    assert texts == ["gate g: seen 1, wanted 0", "gate i: no such function"]


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def waited(seen, soak, timeout):
    """seen(seconds since the beginning) -> whether all is met; returns (met at the end, seconds)"""
    clock = Clock()

    def look(over):
        return [] if seen(clock.now - 100) else ["x"]

    left, _looks = polling.wait(look, soak, timeout, clock, clock.sleep)
    return not left, round(clock.now - 100)


def test_a_look_is_told_whether_the_soak_is_over():
    clock, told = Clock(), []
    polling.wait(lambda over: told.append((clock.now - 100, over)) or [], 70, 0, clock, clock.sleep)
    assert told == [(0, False), (30, False), (60, False), (70, True)]


class RoomOnly(polling.Fleet):
    """A fleet in which all else is met, or is not."""

    def __init__(self, **wanted):
        super().__init__(None, dict({"upcoming": ["n1", "n2"], "require_room": True}, **wanted))
        self.met = []

    def _look(self):
        return self.met


@pytest.mark.parametrize(
    "wanted, over, met, asked",
    [
        ({}, True, [], 1),
        ({}, False, [], 0),
        ({}, True, ["x"], 0),
        ({"require_room": False}, True, [], 0),
        ({"upcoming": []}, True, [], 0),
    ],
)
def test_room_is_looked_at_last_and_seldom(monkeypatch, wanted, over, met, asked):
    rooms = {name: {"moves": {"cpu": 1.5}, "free": {"cpu": 2}} for name in ("n1", "n2", "n3")}
    read = []
    monkeypatch.setattr(polling.cluster, "read_rooms", lambda client: read.append(client) or rooms)
    fleet = RoomOnly(**wanted)
    fleet.met = met
    seen = [fleet.look(over), fleet.look(over)]
    assert len(read) == asked
    if asked:
        assert [item["reason"] for item in seen[0]] == ["CRI-FLEET-ROOM"] and seen[0] == seen[1]
        assert "n1, n2" in seen[0][0]["text"] and "cpu 2 of 3" in seen[0][0]["text"]
        assert seen[0][0]["details"] == {"nodes": ["n1", "n2"], "lacking": {"cpu": {"moves": 3.0, "free": 2}}}
    else:
        assert seen == [met, met]


def test_there_is_room():
    rooms = {name: {"moves": {"cpu": 1}, "free": {"cpu": 2}} for name in ("n1", "n2", "n3")}
    assert list(health.judge_room(rooms, ["n1", "n2", "gone"])) == []
    assert list(health.judge_room({}, ["n1"])) == []


@pytest.mark.parametrize(
    "seen, soak, timeout, end",
    [
        (lambda s: True, 0, 120, (True, 0)),
        (lambda s: s >= 12, 0, 120, (True, 15)),
        (lambda s: False, 0, 20, (False, 20)),
        (lambda s: False, 0, 0, (False, 0)),
        (lambda s: True, 100, 120, (True, 100)),
        # what fails in the middle of a soak ends it, a passing trouble does not
        (lambda s: s < 50, 1000, 30, (False, 90)),
        (lambda s: not 30 < s < 70, 200, 30, (True, 200)),
        # what is unmet when the soak is over is waited for
        (lambda s: s < 50 or s > 70, 60, 30, (True, 75)),
    ],
)
def test_waiting(seen, soak, timeout, end):
    assert waited(seen, soak, timeout) == end


def test_api_servers_by_their_endpoints():
    ports = [{"name": "https", "port": 6443}]
    found = {
        "subsets": [
            {"addresses": [{"ip": "10.0.0.2"}, {"ip": "10.0.0.1"}], "ports": ports},
            {"addresses": [{"ip": "fd00::1"}], "ports": ports},
            {"notReadyAddresses": [{"ip": "10.0.0.3"}], "ports": ports},
        ]
    }
    assert health.apiservers(found) == ["10.0.0.1:6443", "10.0.0.2:6443", "[fd00::1]:6443"]
    assert health.apiservers({"subsets": None}) == []


def test_an_api_server_that_is_not_ready_any_more_is_named():
    found = list(health.judge_apiservers({"10.0.0.1:6443": None, "10.0.0.2:6443": "etcd failed"}))
    assert [(item["reason"], item["details"]) for item in found] == [
        ("CRI-FLEET-APISERVER", {"server": "10.0.0.2:6443"})
    ]
    assert "10.0.0.2:6443 is not ready any more: etcd failed" in found[0]["text"]
    assert health.baseline({}, [], NOW, ["b:1", "a:1"])["apiservers"] == ["a:1", "b:1"]
