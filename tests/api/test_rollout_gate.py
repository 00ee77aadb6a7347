# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is checked before the next nodes leave service, against a real apiserver."""

from __future__ import annotations

import json
import threading
import time

import pytest
from fakes import LEASES, NODES, Kubelet, owner

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._rollout import lease as lease_api
from ansible_collections.cri.switchover.plugins.module_utils._rollout import polling

LEASE = f"{lease_api.LEASES}/{lease_api.NAME}"
TARGET = "containerd://1.6.20"


@pytest.fixture
def gate(module):
    def call(**arguments):
        return module("rollout_gate", **{"run_id": "r1", "timeout": 0, **arguments})

    return call


@pytest.fixture
def baseline(module):
    return lambda: module("cluster_info")["cluster"]["baseline"]


@pytest.fixture
def lease(cluster):
    yield lambda: cluster.client.get(LEASE)["spec"].get("holderIdentity")
    try:
        cluster.client.delete(LEASE)
    except KubeError as exc:
        assert exc.status == 404


def ready_pods(cluster, name, ready):
    path = f"/apis/apps/v1/namespaces/default/deployments/{name}/status"
    cluster.client.patch(path, {"status": {"replicas": 1, "readyReplicas": ready}})


def texts(answer):
    return [item["message"] for item in answer["unmet"]]


def test_a_fleet_that_is_healthy(cluster, gate, baseline):
    cluster.node("n1", runtime=TARGET)
    cluster.node("n2")
    cluster.deployment("web")
    cluster.deployment("unready")
    ready_pods(cluster, "web", 1)
    before = baseline()
    assert before["below"] == ["Deployment default/unready"]
    answer = gate(nodes={"n1": "containerd", "n2": "docker"}, baseline=before)
    assert not answer.failed and not answer["changed"], answer
    assert (answer["unmet"], answer["checks"]) == ([], 1)


def test_all_that_is_unmet_is_named(cluster, gate, baseline):
    cluster.node("n1", runtime=TARGET)
    cluster.node("n2")
    cluster.node("n3", runtime=TARGET, conditions=[{"type": "Ready", "status": "Unknown"}])
    cluster.client.patch(f"{LEASES}/n1", {"spec": {"renewTime": "2026-01-01T00:00:00.000000Z"}})
    cluster.deployment("web")
    ready_pods(cluster, "web", 1)
    member = {"component": "kube-apiserver"}
    cluster.pod("api-n1", "n1", owner("Node", "n1"), namespace="kube-system", labels=member)
    before = baseline()
    ready_pods(cluster, "web", 0)
    unready = {"conditions": [{"type": "Ready", "status": "False"}]}
    cluster.client.patch("/api/v1/namespaces/kube-system/pods/api-n1/status", {"status": unready})
    answer = gate(
        nodes={name: "containerd" for name in ("n1", "n2", "n3", "n4")},
        baseline=before,
        gates=[{"name": "two are schedulable", "query": "length(@)", "expect": 2}],
        upcoming=["n5"],
        waiting=["five", "six"],
    )
    assert answer.failed and answer["reason"] == "CRI-BATCH-GATE"
    assert texts(answer) == [
        "node n1 does not renew its Lease",
        "node n2 is on docker://20.10.24, not on containerd://",
        "node n3 is not Ready",
        "node n4 is gone from the cluster",
        "Deployment default/web has 0 of 1 pods ready",
        "pod kube-system/api-n1 is not Ready any more",
        "gate two are schedulable: seen 3, wanted 2",
    ]
    assert answer["details"] == {"unmet": answer["unmet"], "waiting": ["five", "six"]}
    assert "before n5" in answer["msg"] and "Not started: five, six." in answer["msg"]
    assert all(text in answer["msg"] for text in texts(answer))


def test_what_is_unmet_is_waited_for(cluster, gate, baseline):
    cluster.node("n1", runtime=TARGET)
    cluster.deployment("web")
    ready_pods(cluster, "web", 1)
    before = baseline()
    ready_pods(cluster, "web", 0)
    threading.Timer(4, ready_pods, (cluster, "web", 1)).start()
    answer = gate(nodes={"n1": "containerd"}, baseline=before, timeout=60)
    assert not answer.failed and answer["checks"] > 1 and answer["unmet"] == []


def test_a_node_whose_clock_is_wrong_is_believed_once_it_is_seen_to_renew(cluster, gate, monkeypatch):
    cluster.node("n1", runtime=TARGET)
    over = threading.Event()

    def renew():
        for minute in range(60):
            when = f"2026-01-01T00:{minute:02}:00.000000Z"
            cluster.client.patch(f"{LEASES}/n1", {"spec": {"renewTime": when}})
            if over.wait(1):
                return

    kubelet = threading.Thread(target=renew)
    kubelet.start()
    try:
        time.sleep(0.5)
        assert texts(gate(nodes={"n1": "containerd"})) == ["node n1 does not renew its Lease"]
        answer = gate(nodes={"n1": "containerd"}, timeout=30)
        assert not answer.failed and answer["checks"] == 2
    finally:
        over.set()
        kubelet.join()


def test_many_nodes_come_from_lists(cluster, kubeconfigs):
    count = polling.FEW_NODES + 1
    for number in range(count):
        cluster.node(f"n{number}", runtime=TARGET)
    client = Client(str(kubeconfigs["admin"]), env={})
    asked = []
    request = client._request
    client._request = lambda *a: asked.append(a[1]) or request(*a)
    wanted = {"nodes": {f"n{n}": "containerd" for n in range(count)}, "upcoming": [], "baseline": {}, "gates": []}
    wanted["require_capacity"] = False
    assert polling.Fleet(client, wanted).check() == []
    assert asked.count(NODES) == 1 and asked.count(LEASES) == 1 and len(asked) == 6


def test_the_pods_of_a_whole_batch_find_capacity(cluster, gate, lease):
    for name in ("n1", "n2", "n3"):
        cluster.node(name)  # two CPUs
        asks = [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1200m"}}}]
        cluster.pod(f"web-{name}", name, owner("ReplicaSet", "web"), containers=asks)
    capacity = {"require_capacity": True, "lease_duration": 60}
    assert not gate(upcoming=["n1", "n2"]).failed, "not required"
    refused = gate(upcoming=["n1", "n2"], waiting=["one", "two"], **capacity)
    assert refused["reason"] == "CRI-BATCH-GATE" and lease() is None
    assert [item["reason"] for item in refused["unmet"]] == ["CRI-FLEET-CAPACITY"]
    assert "n1, n2" in refused["msg"] and "cpu 0.8 of 2.4" in refused["msg"]
    cluster.node("n4")
    assert not gate(upcoming=["n1", "n2"], **capacity).failed
    dry = gate(upcoming=["n1", "n2", "n3"], check=True, **capacity)
    assert not dry.failed and texts(dry)


def test_gates_over_budgets_and_deployments(cluster, gate):
    cluster.node("n1")
    cluster.deployment("web")
    ready_pods(cluster, "web", 1)
    cluster.pod("web-1", "n1", owner("ReplicaSet", "web"), labels={"app": "web"})
    cluster.pdb("web", {"app": "web"}, allowed=0)
    gates = [
        {
            "name": "all budgets allow one",
            "source": "poddisruptionbudgets",
            "expect": 0,
            "query": "length([?status.disruptionsAllowed==`0`])",
        },
        {"name": "web is there", "source": "deployments", "query": "[?metadata.name=='web']"},
    ]
    answer = gate(gates=gates)
    assert texts(answer) == ["gate all budgets allow one: seen 1, wanted 0"]
    wrong = gate(gates=[{"name": "g", "query": "a[?"}])
    assert wrong.failed and wrong["reason"] == "CRI-GATE-QUERY"


def test_the_lease_is_renewed_while_it_waits_and_released_when_it_fails(cluster, gate, lease):
    cluster.node("n1")
    assert not gate(lease_duration=60).failed and lease() == "r1"
    refused = gate(lease_duration=60, run_id="r2", waiting=["five"])
    assert refused["reason"] == "CRI-LEASE-HELD" and refused["details"]["held_by"]["run_id"] == "r1"
    assert "Not started: five" in refused["msg"]
    failed = gate(lease_duration=60, nodes={"n9": "docker"})
    assert failed["reason"] == "CRI-BATCH-GATE" and lease() is None


def test_it_soaks_and_keeps_the_lease_meanwhile(cluster, gate, lease, monkeypatch):
    cluster.node("n1", runtime=TARGET)
    with Kubelet(cluster.client, "n1", runtime=TARGET):
        answer = gate(nodes={"n1": "containerd"}, soak=12, lease_duration=60)
    assert not answer.failed and answer["checks"] == 2 and answer["seconds"] >= 12 and lease() == "r1"


def test_check_mode_checks_once_and_only_reports(cluster, gate, lease):
    cluster.node("n1")
    answer = gate(nodes={"n1": "containerd"}, soak=600, timeout=600, lease_duration=60, check=True)
    assert not answer.failed and answer["checks"] == 1 and len(answer["unmet"]) == 1
    with pytest.raises(KubeError):
        lease()


def test_an_api_that_is_away_is_unmet(gate, kubeconfigs, tmp_path):
    config = json.loads(kubeconfigs["admin"].read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    path = tmp_path / "dead.conf"
    path.write_text(json.dumps(config))
    answer = gate(kubeconfig=str(path), timeout=6, lease_duration=60)
    assert answer.failed and answer["reason"] == "CRI-BATCH-GATE" and answer["checks"] > 1
    assert {item["reason"] for item in answer["unmet"]} == {"CRI-API-UNREACHABLE"}
