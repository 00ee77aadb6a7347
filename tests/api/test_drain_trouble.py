# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drains of nodes whose pods, budgets, volumes, rights or API are not as one would like them."""

from __future__ import annotations

import time

import pytest
from drains import REPLICAS, Beside, annotation, cordoned, drain, names, wait_for
from fakes import NOBODY, Kubelet, owner

PODS = "/api/v1/namespaces/default/pods"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
# All that a drain needs, but for what a test leaves out.
NODES = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "patch"]}
LIST = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
EVICT = {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]}


def test_the_plan_is_shown_with_reasons_and_warnings_and_touches_nothing(cluster, module):
    cluster.node("n1")
    cluster.controller("StatefulSet", "db", replicas=1)
    cluster.pod("db-0", "n1", owner("StatefulSet", "db"), labels={"app": "db"}, terminationGracePeriodSeconds=600)
    cluster.pod("web-1", "n1", REPLICAS)
    cluster.pod("job-1", "n1", owner("Job", "job"))
    cluster.pod("static-n1", "n1", owner("Node", "n1"), annotations={"kubernetes.io/config.mirror": "x"})
    cluster.pdb("db", {"app": "db"}, allowed=0)
    planned = drain(module, check=True)
    assert {entry["name"]: (entry["reason"], entry["warnings"]) for entry in planned["evicted"]} == {
        "db-0": ("StatefulSet", ["single-replica", "pdb-exhausted", "grace-exceeds-timeout"]),
        "job-1": ("Job", []),
        "web-1": ("ReplicaSet", []),
    }
    assert [(entry["name"], entry["reason"]) for entry in planned["kept"]] == [("static-n1", "static")]
    (budget,) = planned["pdbs"]
    assert (budget["name"], budget["allowed"], budget["healthy"], budget["desired"]) == ("db", 0, 1, 1)
    assert not cordoned(cluster) and cluster.has_pod("web-1")


@pytest.mark.parametrize("uid", [NOBODY, None])
def test_a_pod_whose_controller_is_gone_or_another_is_refused(cluster, module, uid):
    cluster.node("n1")
    cluster.controller("ReplicaSet", "web")
    lost = owner("ReplicaSet", "web" if uid else "nowhere", NOBODY)
    cluster.pod("lost-1", "n1", lost)
    refused = drain(module)
    assert refused["reason"] == "CRI-DRAIN-REFUSED" and not cordoned(cluster)
    assert [(entry["name"], entry["reasons"]) for entry in refused["blocked"]] == [("lost-1", ["controller-gone"])]
    assert "switchover_drain_force" in refused["msg"]
    with Kubelet(cluster.client, "n1"):
        assert names(drain(module, force=True)["evicted"]) == ["lost-1"]


def test_a_selector_and_skipped_namespaces_leave_pods_alone(cluster, module):
    cluster.node("n1")
    cluster.pod("web-1", "n1", REPLICAS, labels={"app": "web"})
    cluster.pod("bare", "n1", labels={"app": "other"})
    cluster.pod("system", "n1", namespace="kube-system", labels={"app": "web"})
    with Kubelet(cluster.client, "n1"):
        done = drain(module, selector="app in (web, shop)", skip_namespaces=["kube-system"])
    assert names(done["evicted"]) == ["web-1"]
    assert {entry["name"]: entry["reason"] for entry in done["kept"]} == {
        "bare": "not-selected",
        "system": "namespace-skipped",
    }
    assert cluster.has_pod("bare") and cluster.has_pod("system", "kube-system")
    assert "not a label selector" in drain(module, selector="app in web")["msg"]


def test_the_last_resort_deletes_what_budgets_protect(cluster, module):
    cluster.node("n1")
    cluster.pod("db-0", "n1", owner("StatefulSet", "db"), labels={"app": "db", "tier": "data"})
    for name, label in (("a", "app"), ("b", "tier")):
        cluster.pdb(name, {label: {"app": "db", "tier": "data"}[label]}, allowed=0)
    assert drain(module)["blocked"][0]["reasons"] == ["two-pdbs"]
    with Kubelet(cluster.client, "n1"):
        assert names(drain(module, disable_eviction=True)["evicted"]) == ["db-0"]


def test_a_budget_that_is_freed_lets_the_drain_go_on(cluster, module):
    cluster.node("n1")
    cluster.pod("db-0", "n1", owner("StatefulSet", "db"), labels={"app": "db"})
    cluster.pod("web-1", "n1", REPLICAS)
    cluster.pdb("db", {"app": "db"}, allowed=0)
    with Kubelet(cluster.client, "n1"):
        running = Beside(module)
        wait_for(lambda: not cluster.has_pod("web-1"))
        assert cluster.has_pod("db-0")
        cluster.client.delete(f"{BUDGETS}/db")
        done = running.result()
    assert not done.failed and sorted(names(done["evicted"])) == ["db-0", "web-1"]
    tries = {entry["name"]: entry["attempts"] for entry in done["evicted"]}
    assert tries["web-1"] == 1 and tries["db-0"] > 1
    assert [(pdb["name"], pdb["allowed"]) for pdb in done["pdbs"]] == [("db", 0)]
    assert set(done["timings"]) == {"plan", "pods", "total"}


def test_a_pod_stuck_on_a_finalizer_is_named_and_the_node_uncordoned(cluster, module):
    cluster.node("n1")
    cluster.pod("stuck", "n1", REPLICAS, finalizers=["example.com/held"])
    cluster.pod("web-1", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1"):
        failed = drain(module, timeout=8)
        assert failed["reason"] == "CRI-DRAIN-TIMEOUT" and names(failed["blocked"]) == ["stuck"]
        assert names(failed["evicted"]) == ["web-1"]
        assert "finalizers" in failed["msg"] and not cordoned(cluster)
        cluster.client.patch(f"{PODS}/stuck", {"metadata": {"finalizers": None}})
        again = drain(module)
    assert not again.failed and not cluster.has_pod("stuck")
    # Deleted by the first drain, and gone at once: it was waited for, or had gone before the second one began.
    assert names(again["waited"]) in ([], ["stuck"]) and again["evicted"] == []


def test_what_comes_to_the_cordoned_node_is_reported(cluster, module):
    cluster.node("n1")
    agent = cluster.daemonset("agent")
    cluster.pod("web-1", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1", after=5):
        running = Beside(module)
        wait_for(lambda: cordoned(cluster))
        time.sleep(1.1)  # creationTimestamp and the cordon's time have whole seconds
        cluster.pod("agent-1", "n1", owner("DaemonSet", "agent", agent["metadata"]["uid"]))
        cluster.pod("late-1", "n1", REPLICAS)
        cluster.pod("held-1", "n1", REPLICAS, tolerations=[{"operator": "Exists"}])
        done = running.result()
    assert {entry["name"]: (entry["action"], entry["reason"]) for entry in done["appeared"]} == {
        "agent-1": ("leave", "daemonset"),
        "held-1": ("leave", "tolerates-cordon"),
        "late-1": ("evict", "ReplicaSet"),
    }
    assert sorted(names(done["evicted"])) == ["late-1", "web-1"]
    assert sorted(names(done["kept"])) == ["agent-1", "held-1"]


def test_volumes_leave_with_their_pods(cluster, module):
    cluster.node("n1")
    agent = cluster.daemonset("agent")
    mounts = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    kept = [{"name": "v", "persistentVolumeClaim": {"claimName": "shared"}}]
    cluster.claim("data", "pv-data")
    cluster.claim("shared", "pv-shared")
    cluster.attachment("csi-shared", "n1", "pv-shared")
    cluster.attachment("csi-elsewhere", "n2", "pv-elsewhere")
    path = cluster.attachment("csi-data", "n1", "pv-data")
    cluster.pod("agent-1", "n1", owner("DaemonSet", "agent", agent["metadata"]["uid"]), volumes=kept)
    cluster.pod("db-0", "n1", owner("StatefulSet", "db"), volumes=mounts)
    with Kubelet(cluster.client, "n1"):
        failed = drain(module, timeout=8)
        assert failed["reason"] == "CRI-DRAIN-VOLUMES" and failed["details"]["volume_attachments"] == ["csi-data"]
        assert "switchover_drain_wait_volumes" in failed["msg"] and not cordoned(cluster)
        assert names(failed["evicted"]) == ["db-0"]
        # As its attach-detach controller would: the next drain has no pod any more that would show it.
        attached = [{"name": "kubernetes.io/csi/csi.example.com^data", "devicePath": ""}]
        cluster.client.patch("/api/v1/nodes/n1/status", {"status": {"volumesAttached": attached}})
        assert drain(module, timeout=4)["details"]["volume_attachments"] == ["csi-data"]
        cluster.client.patch("/api/v1/nodes/n1/status", {"status": {"volumesAttached": None}})
        cluster.pod("db-1", "n1", owner("StatefulSet", "db"), volumes=mounts)
        assert not drain(module, wait_volumes=False).failed
        cluster.pod("db-2", "n1", owner("StatefulSet", "db"), volumes=mounts)
        running = Beside(module)
        wait_for(lambda: not cluster.has_pod("db-2"))
        cluster.client.delete(path)
        done = running.result()
    assert not done.failed and "volumes" in done["timings"]


def test_two_budgets_are_named_even_without_the_right_to_list_them(cluster, module):
    cluster.node("n1")
    cluster.grant("reader", [NODES, LIST, EVICT])
    cluster.pod("twice", "n1", REPLICAS, labels={"a": "1", "b": "1"})
    cluster.pdb("a", {"a": "1"}, allowed=0)
    cluster.pdb("b", {"b": "1"}, allowed=0)
    refused = drain(module, user="reader")
    assert refused["reason"] == "CRI-DRAIN-REFUSED" and refused["blocked"][0]["reasons"] == ["two-pdbs"]
    assert any("PodDisruptionBudgets" in note for note in refused["notes"])
    assert not cordoned(cluster) and cluster.has_pod("twice")


def test_without_the_right_to_watch_pods_are_listed(cluster, module):
    cluster.node("n1")
    cluster.grant("reader", [NODES, LIST, EVICT])
    cluster.pod("web-1", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1", after=2):
        done = drain(module, user="reader")
    assert names(done["evicted"]) == ["web-1"]
    assert any("no right to watch pods" in note for note in done["notes"])


def test_an_api_server_killed_in_the_middle_and_back_again(cluster, module, apiserver):
    cluster.node("n1")
    for number in range(6):
        cluster.pod(f"web-{number}", "n1", REPLICAS, labels={"app": "web"})
    cluster.pdb("web", {"app": "web"}, allowed=3, minAvailable=3)
    with Kubelet(cluster.client, "n1", after=2):
        running = Beside(module, timeout=90)
        wait_for(lambda: cordoned(cluster))
        apiserver.kill_apiserver()
        time.sleep(3)
        apiserver.start_apiserver()
        # Nobody makes new pods here, so the budget would hold the last three for ever.
        cluster.client.delete(f"{BUDGETS}/web")
        done = running.result()
    assert not done.failed, done
    assert sorted(names(done["evicted"])) == [f"web-{number}" for number in range(6)]
    assert cordoned(cluster) and annotation(cluster)["run_id"] == "r1"


def test_an_api_server_that_stays_away_is_the_failure(cluster, module, apiserver):
    cluster.node("n1")
    cluster.pod("web-1", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1", ends=False):
        running = Beside(module, timeout=8)
        wait_for(lambda: cordoned(cluster))
        apiserver.kill_apiserver()
        try:
            failed = running.result()
        finally:
            apiserver.start_apiserver()
    assert failed["reason"] == "CRI-API-UNREACHABLE" and "It is still cordoned" in failed["msg"]
    assert names(failed["blocked"]) == ["web-1"] and "default/web-1" in failed["msg"]
    # The next run finds what this one left.
    assert cordoned(cluster) and annotation(cluster)["was_unschedulable"] is False


def test_long_waits_are_reported(cluster, task):
    cluster.node("n1")
    cluster.pod("db-0", "n1", owner("StatefulSet", "db"), labels={"app": "db"})
    cluster.pdb("db", {"app": "db"}, allowed=0)
    failed = drain(task, timeout=18)
    assert failed["reason"] == "CRI-DRAIN-PDB"
    (line,) = [line for line in failed.output.splitlines() if line.startswith("  n1 waits for 1 pods, ")]
    assert "default/db-0" in line and "needs 1 healthy pods" in line


def test_credentials_as_options(cluster, module, kubeconfigs, apiserver):
    cluster.node("n1")
    given = {
        "host": f"https://127.0.0.1:{apiserver.port}",
        "api_key": "token-admin",
        "ca_cert": str(apiserver.directory / "certs" / "apiserver.crt"),
    }
    assert not module("node_drain", user=None, name="n1", state="cordoned", run_id="r1", **given).failed
    assert cordoned(cluster)
    # Beside a kubeconfig, an option counts more.
    other = module("node_drain", user="admin", name="n1", state="uncordoned", api_key="token-nobody")
    assert other["reason"] == "CRI-API-FORBIDDEN" and "token-nobody" not in str(other)
