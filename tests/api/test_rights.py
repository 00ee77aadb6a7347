# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac.yaml is enough, and the preflight's list of rights is the same."""

from __future__ import annotations

import pathlib
import time

import pytest
import yaml
from drains import REPLICAS, cordoned, drain, names, uncordon
from fakes import Kubelet, owner
from test_verification import move_to

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import read_entry
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rights import CLASS_RIGHTS, DELETE_RIGHT
from ansible_collections.cri.switchover.plugins.module_utils._rollout import polling
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import read_heartbeat
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.verify import verify

MANIFEST = pathlib.Path(__file__).resolve().parents[2] / "docs" / "rbac.yaml"
USER = "rollout"
TARGET = "containerd://1.6.20"
COLLECTIONS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Role": "roles",
    "RoleBinding": "rolebindings",
}


@pytest.fixture
def manifest(cluster):
    """Applied, with the user of the tests for the ServiceAccount."""
    for obj in yaml.safe_load(MANIFEST.read_text())["items"]:
        if obj["kind"] not in COLLECTIONS:
            continue
        if "subjects" in obj:
            obj["subjects"] = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": USER}]
        namespace = obj["metadata"].get("namespace")
        where = f"/namespaces/{namespace}" if namespace else ""
        cluster._make(f"/apis/rbac.authorization.k8s.io/v1{where}/{COLLECTIONS[obj['kind']]}", obj)


def test_a_node_is_assessed_drained_and_returned_to_service_with_these_rights(cluster, manifest, module):
    cluster.node("n1")
    cluster.pod(
        "web-1",
        "n1",
        REPLICAS,
        labels={"app": "web"},
        volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}],
    )
    cluster.pdb("web", {"app": "web"}, allowed=1, minAvailable=0)
    agent = cluster.daemonset("agent")["metadata"]
    cluster.claim("shared", "pv-shared")
    reference = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": agent["uid"], "controller": True}
    cluster.pod("agent-1", "n1", reference, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "shared"}}])
    cluster.attachment("csi-shared", "n1", "pv-shared")
    seen = module("cluster_info", user=USER)["cluster"]
    assert seen["reachable"] and seen["missing_rights"] == [] and "n1" in seen["nodes"]
    assert not any(seen["rights"][name] for name in (DELETE_RIGHT, *CLASS_RIGHTS))
    assert drain(module, user=USER, check=True)["changed"]
    assert not module("node_drain", user=USER, name="n1", state="cordoned", run_id="r1").failed
    with Kubelet(cluster.client, "n1"):
        done = drain(module, user=USER)
    assert names(done["evicted"]) == ["web-1"] and done["notes"] == [], done
    assert not uncordon(module, user=USER).failed and not cordoned(cluster)


def test_a_rollout_is_held_gated_and_released_with_these_rights(cluster, manifest, module):
    """Lease, all that a gate checks, and the capacity for a batch."""
    cluster.node("n1", runtime=TARGET)
    cluster.node("n2")
    cluster.deployment("web")
    cluster.pod("web-1", "n2", REPLICAS)
    before = module("cluster_info", user=USER)["cluster"]["baseline"]
    run = {"user": USER, "run_id": "r1"}
    actions = [module("rollout_lease", owner="ann", duration=60, **run)["action"] for _ in range(2)]
    assert actions == ["create", "renew"]
    sources = ("nodes", "poddisruptionbudgets", "deployments")
    gates = [{"name": source, "source": source, "query": "@"} for source in sources]
    gate = module(
        "rollout_gate",
        nodes={"n1": "containerd"},
        upcoming=["n2"],
        baseline=before,
        gates=gates,
        require_capacity=True,
        lease_duration=60,
        timeout=0,
        **run,
    )
    # Each source was read; there is no budget, and that is the only thing wrong.
    unmet = [item["message"] for item in gate["unmet"]]
    assert unmet == ["gate poddisruptionbudgets: seen [], wanted anything true"], gate
    many = {f"n{number}": TARGET for number in range(3, 3 + polling.FEW_NODES)}
    for name, runtime in many.items():
        cluster.node(name, runtime=runtime)
    nodes = dict.fromkeys(["n1", *many], "containerd")
    gate = module("rollout_gate", nodes=nodes, baseline=before, lease_duration=60, timeout=0, **run)
    assert not gate.failed, gate
    assert module("rollout_lease", state="released", **run)["changed"]


def test_a_node_is_verified_with_these_rights(cluster, manifest, kubeconfigs):
    """Heartbeats, its own pods, and a pod for each runtime handler."""
    agent = cluster.daemonset("agent")["metadata"]
    cluster.node("n1")
    cluster.pod("agent-1", "n1", owner("DaemonSet", "agent", agent["uid"]))
    cluster.runtime_class("gvisor", "runsc")
    client = Client(str(kubeconfigs[USER]), env={})
    wanted = {
        "node_name": "n1",
        "version_prefix": "containerd://",
        "pause_image": "pause:3.6",
        "run_id": "r1",
        "handlers": ["runc", "runsc"],
        "baseline": read_entry(client, "n1")[1],
        "since": read_heartbeat(client, "n1"),
    }
    with Kubelet(cluster.client, "n1", runtime=TARGET):
        move_to(cluster, "agent-1")
        answer = verify(client, wanted, time.monotonic() + 30)
    assert answer["ok"] and sorted(answer["seen"]["probes"]) == ["runc", "runsc"], answer["unmet"]
    assert answer["seen"]["leftovers"] == []


def test_deleting_is_not_among_them(cluster, manifest, module):
    cluster.node("n1")
    cluster.pod("web-1", "n1", REPLICAS)
    failed = drain(module, user=USER, disable_eviction=True)
    assert failed["reason"] == "CRI-API-FORBIDDEN"
    assert (failed["details"]["verb"], failed["details"]["resource"]) == ("delete", "pods")
    assert not cordoned(cluster) and cluster.has_pod("web-1")
