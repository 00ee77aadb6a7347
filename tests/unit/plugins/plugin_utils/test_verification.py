# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import copy
import re

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils import verification as proof

SINCE = {"lease_renew": "L1", "heartbeat": "H1"}
LATER = {"lease_renew": "L2", "heartbeat": "H2"}


def pod(name="agent-x", owner="agent", static=False, ready=True, ids=("containerd://1",), **other):
    made = {
        "namespace": "kube-system",
        "name": name,
        "owner_kind": "Node" if static else "DaemonSet",
        "owner_name": "n1" if static else owner,
        "static": static,
        "ready": ready,
        "terminating": False,
        "phase": "Running",
        "container_ids": list(ids),
    }
    made.update(other)
    return made


ENTRY = {
    "uid": "u",
    "ready": True,
    "ready_reason": "kubelet is posting ready status",
    "runtime_version": "containerd://1.6.20",
    "pressure": [],
    "allocatable": {"cpu": "2", "memory": "4000000Ki", "pods": "110", "ephemeral-storage": "10000000"},
    "extended": {"nvidia.com/gpu": "2"},
    "csi_drivers": ["csi.a", "csi.b"],
    "pods": [],
}


def entry(**changes):
    return dict(copy.deepcopy(ENTRY), **changes)


def expectation(baseline=None, **changes):
    made = {"node_name": "n1", "version_prefix": "containerd://", "since": SINCE, "baseline": baseline or entry()}
    return dict(made, **changes)


def reasons(unmet):
    return [item["reason"].replace("CRI-VERIFY-", "") for item in unmet]


@pytest.mark.parametrize(
    "seen, beats, wanted",
    [
        (entry(), LATER, []),
        (entry(), SINCE, ["HEARTBEAT", "HEARTBEAT"]),
        (entry(), dict(LATER, heartbeat="H1"), ["HEARTBEAT"]),
        (entry(), dict(LATER, lease_renew="L1"), ["HEARTBEAT"]),
        (entry(), dict(LATER, lease_renew=None), ["HEARTBEAT"]),
        # A clock that went back is life all the same.
        (entry(), {"lease_renew": "L0", "heartbeat": "H0"}, []),
        (entry(ready=False, ready_reason="no CNI"), LATER, ["READY"]),
        (entry(runtime_version="docker://20.10.24"), LATER, ["RUNTIME"]),
        (entry(runtime_version=None), LATER, ["RUNTIME"]),
        # The right name verifies nothing where the runtime did not answer kubelet.
        (entry(runtime_version="containerd://Unknown"), LATER, ["RUNTIME"]),
        (entry(runtime_version="docker://Unknown"), LATER, ["RUNTIME"]),
        (entry(uid="other"), LATER, ["NODE"]),
        (entry(ready=False, runtime_version="docker://1"), SINCE, ["HEARTBEAT", "HEARTBEAT", "READY", "RUNTIME"]),
    ],
)
def test_life(seen, beats, wanted):
    assert reasons(proof.judge_life(expectation(), seen, beats)) == wanted


def test_a_node_back_on_docker_is_judged_the_same_way():
    back = expectation(version_prefix="docker://")
    assert proof.judge_life(back, entry(runtime_version="docker://20.10.24"), LATER) == []
    assert reasons(proof.judge_life(back, entry(), LATER)) == ["RUNTIME"]


def test_a_runtime_that_did_not_answer_kubelet_is_not_called_wrong():
    for prefix, seen in (("containerd://", "containerd://Unknown"), ("docker://", "docker://Unknown")):
        (unmet,) = proof.judge_life(expectation(version_prefix=prefix), entry(runtime_version=seen), LATER)
        assert "whose version kubelet has not reported yet" in unmet["text"]
        # Waited for: the next status may name the version.
        assert unmet["details"] == {"seen": seen, "wanted": prefix} and not unmet.get("final")


def changed(part, **values):
    made = entry()
    made[part] = dict(made[part], **{key.replace("_", "-"): value for key, value in values.items()})
    return made


@pytest.mark.parametrize(
    "seen, wanted",
    [
        (entry(), []),
        (changed("allocatable", memory="4096000000Ki"), ["RESOURCES"]),
        (changed("allocatable", memory="3999000Ki"), []),
        (changed("allocatable", memory="3900000Ki"), ["RESOURCES"]),
        (changed("allocatable", cpu="2000m"), []),
        (changed("allocatable", cpu="1900m"), ["RESOURCES"]),
        (changed("allocatable", pods="100"), ["RESOURCES"]),
        (changed("allocatable", ephemeral_storage="9500000"), []),
        (changed("allocatable", ephemeral_storage="8000000"), ["RESOURCES"]),
        (changed("allocatable", pods=None), ["RESOURCES"]),
        (entry(allocatable={}), ["RESOURCES"] * 4),
        (entry(extended={}), ["RESOURCES"]),
        (entry(extended={"nvidia.com/gpu": "0"}), ["RESOURCES"]),
        (entry(extended={"nvidia.com/gpu": "2", "new": "1"}), []),
        (entry(csi_drivers=["csi.a"]), ["CSI"]),
        (entry(csi_drivers=["csi.a", "csi.b", "csi.c"]), []),
        (entry(pressure=["DiskPressure"]), ["PRESSURE"]),
    ],
)
def test_resources(seen, wanted):
    assert reasons(proof.judge_resources(expectation(), seen)) == wanted


def test_a_pressure_of_before_is_not_held_against_it():
    assert proof.judge_resources(expectation(entry(pressure=["DiskPressure"])), entry(pressure=["DiskPressure"])) == []


def test_without_a_baseline_only_life_is_judged():
    bare = expectation(baseline=None)
    bare["baseline"] = None
    assert proof.judge_life(bare, entry(), LATER) == []
    assert proof.judge_resources(bare, entry()) == []
    assert proof.judge_pods(bare, entry()) == []


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
    unmet = proof.judge_pods(expectation(entry(pods=[before])), entry(pods=now))
    remembered = proof.remembered({"nodes": {"n1": entry(pods=[before])}})["nodes"]["n1"]
    assert proof.judge_pods(expectation(remembered), entry(pods=now)) == unmet
    if part is None:
        assert unmet == []
    else:
        assert reasons(unmet) == ["POD"] and part in unmet[0]["text"]


def test_of_the_cluster_little_is_remembered():
    pods = [pod("web-1", owner_kind="ReplicaSet", images=["web:1"], labels={"app": "web"}), pod("agent-x")]
    cluster = {"nodes": {"n1": entry(pods=pods)}, "missing_rights": ["get nodes"]}
    found = proof.remembered(cluster)
    assert dict(found["nodes"]["n1"], pods=pods) == entry(pods=pods) and found["missing_rights"] == ["get nodes"]
    # A way back carries the images of all pods.
    web, agent = found["nodes"]["n1"]["pods"]
    assert web["images"] == ["web:1"] and web["name"] == "web-1" and "labels" not in web
    assert proof.own_pods(found["nodes"]["n1"]) == [agent] and "container_ids" not in agent
    assert proof.remembered({"error": {"msg": "x"}}) == {"error": {"msg": "x"}, "nodes": {}}


def test_a_daemonset_that_is_gone_is_not_waited_for():
    baseline = entry(pods=[pod(), pod("etcd-n1", static=True)])
    unmet = proof.judge_pods(expectation(baseline), entry(), gone={("kube-system", "agent")})
    assert [item["details"]["name"] for item in unmet] == ["etcd-n1"]


@pytest.mark.parametrize(
    "handlers, classes, planned, out_of_reach",
    [
        ([], [], [("default", None)], []),
        (None, [], [("default", None)], []),
        ([{"name": "runc"}], [{"name": "r", "handler": "runc"}], [("runc", None)], []),
        (["runc", "runsc"], [{"name": "gvisor", "handler": "runsc"}], [("runc", None), ("runsc", "gvisor")], []),
        (["runc", "crun"], [{"name": "gvisor", "handler": "runsc"}], [("runc", None)], ["crun"]),
        ([{"name": "runc"}, {"name": "kata", "runtime_class": "vm"}], [], [("runc", None), ("kata", "vm")], []),
        ([{"name": "runsc", "runtime_class": "gvisor"}], [], [("runsc", "gvisor")], []),
        (["a", "b"], [{"name": "z", "handler": "b"}, {"name": "y", "handler": "b"}], [("a", None), ("b", "y")], []),
    ],
)
def test_probes(handlers, classes, planned, out_of_reach):
    assert proof.plan_probes(handlers, classes) == (planned, out_of_reach)


def test_names_of_probe_pods_are_valid_and_differ():
    names = {
        proof.probe_name(run, node, handler)
        for run in ("2026-11-23T18:00:00Z", "r")
        for node in ("n1", "ip-10-0-0-1.eu-central-1.compute.internal")
        for handler in ("runc", "Kata_Containers-" + "x" * 80)
    }
    assert len(names) == 8
    assert all(re.match(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", name) and len(name) <= 63 for name in names)


def probe(phase="Running", ready=True, cid="containerd://1", state=None, **status):
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    statuses = [{"containerID": cid, "state": state or {"running": {}}}] if cid is not None else []
    full = dict({"phase": phase, "conditions": conditions, "containerStatuses": statuses}, **status)
    return {"metadata": {"namespace": "k", "name": "p", "uid": "u"}, "spec": {}, "status": full}


@pytest.mark.parametrize(
    "seen, part",
    [
        (probe(), None),
        (None, "no probe pod of runtime handler runc yet"),
        (probe(cid="docker://1"), "does not run"),
        (probe(ready=False), "does not run: Running"),
        (probe(phase="Pending", cid=None, ready=False), "does not run: Pending"),
        (
            probe(ready=False, cid="", state={"waiting": {"reason": "ErrImagePull", "message": "no such host"}}),
            "ErrImagePull: no such host",
        ),
        (probe(ready=False, state={"terminated": {"reason": "Error"}}), "does not run: Error"),
        (probe(phase="Failed", ready=False, cid=None, reason="OutOfpods", message="Too many pods"), "Too many pods"),
    ],
)
def test_a_probe_pod(seen, part):
    unmet = proof.judge_probe("runc", seen, "containerd://")
    if part is None:
        assert unmet == []
    else:
        assert reasons(unmet) == ["PROBE"] and part in unmet[0]["text"]


@pytest.mark.parametrize(
    "spec, changes, part",
    [
        ({"hostUsers": False}, {}, None),
        ({}, {}, "the API server drops a pod's hostUsers"),
        ({"hostUsers": False}, {"ready": False}, "the probe pod with hostUsers false does not run: Running"),
    ],
)
def test_a_probe_of_user_namespaces(spec, changes, part):
    seen = dict(probe(**changes), spec=spec)
    unmet = proof.judge_probe(proof.USER_NAMESPACES, seen, "containerd://")
    assert [part in entry["text"] for entry in unmet] == ([True] if part else [])
    assert proof.probe_pod("p", "k", "n1", "pause", None, host_users=False)["spec"]["hostUsers"] is False
    assert "hostUsers" not in proof.probe_pod("p", "k", "n1", "pause", None)["spec"]
