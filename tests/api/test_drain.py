# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import threading
import time

import pytest
from drains import ANNOTATION, REPLICAS, SCALE_DOWN, annotation, cordoned, drain, names, uncordon
from fakes import NOBODY, Kubelet, owner


def test_a_whole_way_drain_again_and_uncordon(cluster, module):
    cluster.node("n1")
    cluster.node("n2")
    agent = cluster.daemonset("agent")
    cluster.pod("web-1", "n1", REPLICAS)
    cluster.pod("job-done", "n1", owner("Job", "job"), ready=False)
    cluster.client.patch("/api/v1/namespaces/default/pods/job-done/status", {"status": {"phase": "Succeeded"}})
    cluster.pod(
        "agent-1", "n1", owner("DaemonSet", "agent", agent["metadata"]["uid"]), volumes=[{"name": "e", "emptyDir": {}}]
    )
    cluster.pod("static-n1", "n1", owner("Node", "n1"), annotations={"kubernetes.io/config.mirror": "x"})
    cluster.pod("elsewhere", "n2", REPLICAS)
    with Kubelet(cluster.client, "n1"):
        planned = drain(module, check=True)
        assert planned["changed"] and names(planned["evicted"]) == ["job-done", "web-1"]
        assert not cordoned(cluster) and annotation(cluster) is None and cluster.has_pod("web-1")

        done = drain(module)
        assert not done.failed and done["changed"]
        assert sorted(names(done["evicted"])) == ["job-done", "web-1"]
        assert {entry["name"]: entry["reason"] for entry in done["kept"]} == {
            "agent-1": "daemonset",
            "static-n1": "static",
        }
        assert (done["unschedulable"], done["was_unschedulable"]) == (True, False)
        assert done["diff"]["before"] == {"annotations": {}, "unschedulable": False}
        assert done["diff"]["after"]["unschedulable"] is True
        assert cordoned(cluster)
        kept = annotation(cluster)
        assert (kept["run_id"], kept["was_unschedulable"]) == ("r1", False)
        assert cluster.has_pod("agent-1") and cluster.has_pod("static-n1") and cluster.has_pod("elsewhere")
        assert not cluster.has_pod("web-1")

        again = drain(module)
        assert not again.failed and not again["changed"] and again["evicted"] == []
        assert annotation(cluster) == kept

    back = uncordon(
        module, annotations={"kubeadm.alpha.kubernetes.io/cri-socket": "unix:///run/containerd/containerd.sock"}
    )
    assert back["changed"] and not back["unschedulable"]
    node = cluster.read_node("n1")
    assert "unschedulable" not in node["spec"]
    assert node["metadata"]["annotations"] == {
        "kubeadm.alpha.kubernetes.io/cri-socket": "unix:///run/containerd/containerd.sock"
    }
    assert not uncordon(module)["changed"]
    gone = uncordon(module, annotations={"kubeadm.alpha.kubernetes.io/cri-socket": None})
    assert gone["changed"] and not cluster.read_node("n1")["metadata"].get("annotations")


def test_a_budget_is_asked_again_while_the_others_leave(cluster, module):
    cluster.node("n1")
    for number in (1, 2):
        cluster.pod(f"web-{number}", "n1", REPLICAS, labels={"app": "web"})
    cluster.pod("zz", "n1", owner("ReplicaSet", "zz"))
    cluster.pdb("web", {"app": "web"}, allowed=1)

    first = []

    def replace(pod):
        if not first and pod["metadata"]["name"] != "zz":
            first.append(pod["metadata"]["name"])
            cluster.pod("web-3", "n2", REPLICAS, labels={"app": "web"})

    cluster.node("n2")
    with Kubelet(cluster.client, "n1", on_gone=replace):
        done = drain(module)
    assert not done.failed, done
    evicted = {entry["name"]: entry for entry in done["evicted"]}
    assert sorted(evicted) == ["web-1", "web-2", "zz"]
    (second,) = {"web-1", "web-2"} - set(first)
    assert evicted[first[0]]["attempts"] == 1 and evicted["zz"]["attempts"] == 1
    assert evicted[second]["attempts"] > 1
    assert evicted[second]["pdbs"] == ["default/web"]


def test_a_task_registers_all_of_it(cluster, task):
    cluster.node("n1")
    agent = cluster.daemonset("agent")
    cluster.pod("agent-1", "n1", owner("DaemonSet", "agent", agent["metadata"]["uid"]))
    cluster.pod("web-1", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1"):
        done = drain(task)
    assert done["changed"] and not done["failed"] and not done.get("skipped")
    assert names(done["evicted"]) == ["web-1"] and names(done["kept"]) == ["agent-1"]
    failed = drain(task, name="n9")
    assert failed["failed"] and (failed["reason"], failed["details"]) == ("CRI-DRAIN-NODE", {"node": "n9"})


def test_a_budget_that_never_allows_fails_by_name_and_restores(cluster, module):
    cluster.node("n1")
    cluster.pod("db-0", "n1", owner("StatefulSet", "db"), labels={"app": "db"})
    cluster.pod("web-1", "n1", REPLICAS)
    cluster.pdb("db", {"app": "db"}, allowed=0)
    with Kubelet(cluster.client, "n1"):
        failed = drain(module, timeout=7)
    assert failed.failed and failed["reason"] == "CRI-DRAIN-PDB"
    (numbers,) = failed["details"]["pdbs"]
    assert (numbers["namespace"], numbers["name"]) == ("default", "db")
    assert (numbers["allowed"], numbers["healthy"], numbers["desired"], numbers["expected"]) == (0, 1, 1, 1)
    assert "PDB default/db: 0 disruptions allowed, 1 of 1 pods healthy, 1 needed" in failed["msg"]
    (blocked,) = failed["blocked"]
    assert (blocked["name"], blocked["reason"]) == ("db-0", "pdb")
    assert blocked["attempts"] >= 2 and "needs 1 healthy pods" in blocked["message"]
    assert "default/db-0 (PDB default/db)" in failed["msg"] and "schedulable again" in failed["msg"]
    assert names(failed["evicted"]) == ["web-1"]
    assert failed["unschedulable"] is False
    assert not cordoned(cluster) and annotation(cluster) is None
    assert cluster.has_pod("db-0")


def test_a_failed_drain_uncordons_what_an_earlier_run_left_cordoned(cluster, module):
    cluster.node("n1")
    assert not module("node_drain", name="n1", state="cordoned", run_id="r0").failed
    cluster.pod("db-0", "n1", owner("StatefulSet", "db"), labels={"app": "db"})
    cluster.pdb("db", {"app": "db"}, allowed=0)
    failed = drain(module, timeout=3)
    assert failed["reason"] == "CRI-DRAIN-PDB" and "took over the cordon of run r0" in failed["notes"]
    assert "schedulable again" in failed["msg"] and failed["unschedulable"] is False
    assert not cordoned(cluster) and not cluster.read_node("n1")["metadata"].get("annotations")


def test_a_failed_drain_can_keep_the_cordon(cluster, module):
    cluster.node("n1")
    cluster.pod("slow", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1", ends=False):
        failed = drain(module, timeout=2, on_failure="keep")
    assert failed["reason"] == "CRI-DRAIN-TIMEOUT"
    assert [(e["name"], e["reason"], e["attempts"]) for e in failed["blocked"]] == [("slow", "terminating", 1)]
    assert cordoned(cluster) and annotation(cluster)["run_id"] == "r1"


def test_what_would_be_lost_is_refused_before_the_cordon(cluster, module):
    cluster.node("n1")
    scratch = {"volumes": [{"name": "e", "emptyDir": {}}]}
    cluster.pod("bare", "n1")
    cluster.pod("bare-scratch", "n1", **scratch)
    cluster.pod("scratch", "n1", REPLICAS, **scratch)
    cluster.pod("lost", "n1", owner("DaemonSet", "nowhere", NOBODY))
    cluster.pod("twice", "n1", REPLICAS, labels={"a": "1", "b": "1"})
    cluster.pdb("a", {"a": "1"}, allowed=0)
    cluster.pdb("b", {"b": "1"}, allowed=0)
    refused = drain(module)
    assert refused.failed and refused["reason"] == "CRI-DRAIN-REFUSED"
    assert {e["name"]: e["reason"] for e in refused["blocked"]} == {
        "bare": "unmanaged",
        "bare-scratch": "unmanaged",
        "lost": "controller-gone",
        "scratch": "emptydir",
        "twice": "two-pdbs",
    }
    assert not cordoned(cluster) and not refused["changed"]
    both = drain(module, force=True)
    assert {e["name"]: e["reason"] for e in both["blocked"]} == {
        "bare-scratch": "emptydir",
        "scratch": "emptydir",
        "twice": "two-pdbs",
    }
    cluster.client.delete("/apis/policy/v1/namespaces/default/poddisruptionbudgets/a")
    cluster.client.delete("/apis/policy/v1/namespaces/default/poddisruptionbudgets/b")
    with Kubelet(cluster.client, "n1"):
        done = drain(module, force=True, delete_emptydir=True)
    assert sorted(names(done["evicted"])) == ["bare", "bare-scratch", "lost", "scratch", "twice"]


@pytest.mark.parametrize("grace, wanted", [(None, 45), (0, 0), (7, 7)])
def test_grace_reaches_the_pod(cluster, module, grace, wanted):
    cluster.node("n1")
    cluster.pod("web-1", "n1", REPLICAS, terminationGracePeriodSeconds=45)
    arguments = {} if grace is None else {"grace": grace}
    if wanted == 0:
        # The apiserver takes such a pod away at once: no kubelet has a say.
        assert names(drain(module, **arguments)["evicted"]) == ["web-1"]
        return
    ends = []
    with Kubelet(cluster.client, "n1", on_gone=lambda pod: ends.append(pod["metadata"]["deletionGracePeriodSeconds"])):
        assert not drain(module, **arguments).failed
    assert ends == [wanted]


def test_a_pod_of_the_same_name_is_another_pod(cluster, module):
    cluster.node("n1")
    cluster.node("n2")
    cluster.pod("db-0", "n1", owner("StatefulSet", "db"))
    with Kubelet(cluster.client, "n1", on_gone=lambda pod: cluster.pod("db-0", "n2", owner("StatefulSet", "db"))):
        done = drain(module)
    assert names(done["evicted"]) == ["db-0"]
    assert cluster.client.get("/api/v1/namespaces/default/pods/db-0")["spec"]["nodeName"] == "n2"


def test_pods_that_tolerate_the_cordon_leave_once_and_may_return(cluster, module):
    cluster.node("n1")
    everything = {"tolerations": [{"operator": "Exists"}]}
    count = iter(range(2, 100))
    cluster.pod("operator-1", "n1", owner("ReplicaSet", "operator"), **everything)
    time.sleep(1.1)  # creationTimestamp and the cordon's time have whole seconds

    def replace(pod):
        time.sleep(1.1)
        cluster.pod(f"operator-{next(count)}", "n1", owner("ReplicaSet", "operator"), **everything)

    with Kubelet(cluster.client, "n1", on_gone=replace):
        done = drain(module)
        while not cluster.has_pod("operator-2"):
            time.sleep(0.2)
        again = drain(module)
    assert names(done["evicted"]) == ["operator-1"]
    assert not again["changed"]
    assert [(e["name"], e["reason"]) for e in again["kept"]] == [("operator-2", "tolerates-cordon")]


def test_a_terminating_pod_is_waited_for(cluster, module):
    cluster.node("n1")
    cluster.pod("old", "n1", REPLICAS)
    cluster.client.delete("/api/v1/namespaces/default/pods/old", {"gracePeriodSeconds": 30})
    with Kubelet(cluster.client, "n1", after=6):
        done = drain(module)
    assert names(done["waited"]) == ["old"] and done["evicted"] == []


def test_a_pod_that_slips_in_is_evicted_too(cluster, module):
    cluster.node("n1")
    cluster.pod("web-1", "n1", REPLICAS)
    late = threading.Event()

    def bind_late(pod):
        if not late.is_set():
            late.set()
            cluster.pod("late", "n1", REPLICAS)

    with Kubelet(cluster.client, "n1", on_gone=bind_late, after=2):
        cluster.pod("web-2", "n1", REPLICAS)
        done = drain(module)
    assert late.is_set() and sorted(names(done["evicted"])) in (["late", "web-1", "web-2"], ["web-1", "web-2"])
    if not cluster.has_pod("late"):
        assert "late" in names(done["evicted"])


@pytest.mark.parametrize("theirs", [None, {"run_id": "r0", "was_unschedulable": True, "at": "2026-01-01T00:00:00Z"}])
def test_a_node_cordoned_before_stays_cordoned_after(cluster, module, theirs):
    cluster.node("n1")
    patch = {"spec": {"unschedulable": True}}
    if theirs:
        patch["metadata"] = {"annotations": {ANNOTATION: json.dumps(theirs)}}
    cluster.client.patch("/api/v1/nodes/n1", patch)
    done = drain(module)
    assert done["changed"] and done["was_unschedulable"] is True
    assert annotation(cluster)["run_id"] == "r1"
    assert ("took over the cordon of run r0" in done["notes"]) == bool(theirs)
    back = uncordon(module)
    assert back["changed"] and back["unschedulable"] is True and annotation(cluster) is None
    assert cordoned(cluster)
    later = uncordon(module)
    assert not later["changed"] and later["notes"] == ["cordoned by somebody else: left so"]


def test_an_earlier_runs_cordon_is_removed(cluster, module):
    cluster.node("n1")
    module("node_drain", name="n1", state="cordoned", run_id="r0")
    taken = module("node_drain", name="n1", state="cordoned", run_id="r1")
    assert taken["changed"] and taken["was_unschedulable"] is False
    assert not module("node_drain", name="n1", state="cordoned", run_id="r1")["changed"]
    assert uncordon(module)["unschedulable"] is False and not cordoned(cluster)


@pytest.mark.parametrize("before", [None, "false", "true"])
@pytest.mark.parametrize("changed", [None, "no"])
def test_the_autoscaler_is_kept_away_while_the_node_is_cordoned(cluster, module, before, changed):
    def said():
        return cluster.read_node("n1")["metadata"].get("annotations", {}).get(SCALE_DOWN)

    def say(value):
        cluster.client.patch("/api/v1/nodes/n1", {"metadata": {"annotations": {SCALE_DOWN: value}}})

    cluster.node("n1")
    say(before)
    cordoned_now = drain(module)
    assert said() == "true" and cordoned_now["diff"]["after"]["annotations"][SCALE_DOWN] == "true"
    # the controller is lost, and another run takes the node over
    assert drain(module, run_id="r2")["changed"] and said() == "true"
    if changed:
        say(changed)
    assert not uncordon(module, run_id="r2")["unschedulable"]
    assert said() == (changed or before)


def test_a_failed_drain_puts_the_autoscalers_annotation_back(cluster, module):
    cluster.node("n1")
    cluster.pod("slow", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1", ends=False):
        assert drain(module, timeout=1).failed
    assert not cordoned(cluster) and not cluster.read_node("n1")["metadata"].get("annotations")


def test_a_cordon_of_an_older_release_is_removed_without_touching_the_autoscalers(cluster, module):
    cluster.node("n1")
    older = json.dumps({"run_id": "r0", "was_unschedulable": False, "at": "2026-01-01T00:00:00Z"})
    meta = {"annotations": {ANNOTATION: older, SCALE_DOWN: "true"}}
    cluster.client.patch("/api/v1/nodes/n1", {"metadata": meta, "spec": {"unschedulable": True}})
    assert not uncordon(module)["unschedulable"]
    assert cluster.read_node("n1")["metadata"]["annotations"] == {SCALE_DOWN: "true"}


def test_a_damaged_annotation_never_uncordons(cluster, module):
    cluster.node("n1")
    damaged = {"metadata": {"annotations": {ANNOTATION: "{"}}, "spec": {"unschedulable": True}}
    cluster.client.patch("/api/v1/nodes/n1", damaged)
    assert "cannot be read" in drain(module)["notes"][0]
    assert uncordon(module)["unschedulable"] is True


def test_a_failed_drain_of_a_node_cordoned_before_leaves_that(cluster, module):
    cluster.node("n1")
    cluster.client.patch("/api/v1/nodes/n1", {"spec": {"unschedulable": True}})
    cluster.pod("slow", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1", ends=False):
        assert drain(module, timeout=1)["reason"] == "CRI-DRAIN-TIMEOUT"
    assert cordoned(cluster) and annotation(cluster)["was_unschedulable"] is True


def test_the_cordon_survives_a_kubelet_that_writes_all_the_time(cluster, module):
    cluster.node("n1")
    over = threading.Event()

    def write():
        number = 0
        while not over.is_set():
            number += 1
            cluster.client.patch("/api/v1/nodes/n1", {"metadata": {"labels": {"number": str(number)}}})
            time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert not module("node_drain", name="n1", state="cordoned", run_id="r1").failed
    finally:
        over.set()
        writer.join()
    assert cordoned(cluster)


def test_a_name_the_cluster_does_not_have(cluster, module):
    failed = drain(module, name="n9")
    assert failed.failed and failed["reason"] == "CRI-DRAIN-NODE" and "no node n9" in failed["msg"]


def test_no_right_to_evict_is_named_and_the_node_restored(cluster, module):
    cluster.node("n1")
    cluster.pod("web-1", "n1", REPLICAS)
    cluster.grant(
        "reader",
        [
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "patch"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        ],
    )
    failed = drain(module, user="reader")
    assert failed["reason"] == "CRI-API-FORBIDDEN"
    assert (failed["details"]["verb"], failed["details"]["resource"]) == ("create", "pods/eviction")
    assert not cordoned(cluster)
    nobody = drain(module, user="nobody")
    assert nobody["reason"] == "CRI-API-FORBIDDEN" and nobody["details"]["resource"] == "nodes"


def test_three_hundred_pods(cluster, module):
    cluster.node("n1")
    for number in range(300):
        cluster.pod(f"many-{number}", "n1", owner("ReplicaSet", "many"), ready=False)
    began = time.monotonic()
    with Kubelet(cluster.client, "n1", starts=False, after=0):
        done = drain(module, timeout=120)
    assert len(done["evicted"]) == 300
    assert time.monotonic() - began < 90
