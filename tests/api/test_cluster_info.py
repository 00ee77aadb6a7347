# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import time

import pytest
from fakes import owner

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client as client_module
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.cluster import gather
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

SOCKET = {"volumes": [{"name": "s", "hostPath": {"path": "/var/run/docker.sock"}}]}


def test_all_of_a_cluster(cluster, module):
    cluster.node("n1")
    cluster.node("n2")
    agent = cluster.daemonset("agent", **SOCKET)
    cluster.deployment("ci", volumes=[{"name": "r", "hostPath": {"path": "/"}}])
    cluster.deployment("web")
    cluster.cronjob("prune", **SOCKET)
    cluster.pod("agent-1", "n1", owner("DaemonSet", "agent", agent["metadata"]["uid"]), **SOCKET)
    cluster.pod("web-1", "n1", owner("ReplicaSet", "web"), labels={"app": "web"}, terminationGracePeriodSeconds=45)
    cluster.pod("web-2", "n2", owner("ReplicaSet", "web"), labels={"app": "web"})
    cluster.pdb("web", {"app": "web"}, allowed=1)
    cluster.csinode("n1", ["csi.b", "csi.a"])
    cluster.runtime_class("gvisor", "runsc")

    answer = module("cluster_info", nodes=["n1", "n9"], check=True)
    assert not answer.failed and not answer["changed"]
    seen = answer["cluster"]
    assert seen["reachable"] and seen["server_version"].startswith("v1.") and seen["server_minor"][0] == 1
    assert seen["missing_rights"] == [] and all(seen["rights"].values())
    assert seen["room"]["n2"] == {
        "moves": {"cpu": 0, "memory": 0, "pods": 1},
        "free": {"cpu": 2, "memory": 2**32, "pods": 109},
    }
    assert seen["docker_nodes"] == ["n1", "n2"] and seen["neighbours"] == {"kured": None, "groups": []}
    assert seen["node_names"] == ["n1", "n2"] and seen["missing_nodes"] == ["n9"] and list(seen["nodes"]) == ["n1"]
    node = seen["nodes"]["n1"]
    assert (node["runtime_version"], node["ready"], node["internal_ip"]) == ("docker://20.10.24", True, "192.0.2.7")
    assert node["csi_drivers"] == ["csi.a", "csi.b"] and node["labels"] == {"topology.kubernetes.io/zone": "a"}
    assert node["allocatable"]["cpu"] == "2"
    pods = {pod["name"]: pod for pod in node["pods"]}
    assert sorted(pods) == ["agent-1", "web-1"]
    assert pods["web-1"]["grace"] == 45 and pods["web-1"]["ready"] and pods["web-1"]["images"] == ["web:1"]
    assert pods["agent-1"]["owner_kind"] == "DaemonSet"
    assert [(m["kind"], m["name"], m["why"]) for m in seen["docker_mounts"]] == [
        ("CronJob", "prune", ["socket"]),
        ("DaemonSet", "agent", ["socket"]),
        ("Deployment", "ci", ["parent"]),
    ]
    (pdb,) = seen["pdbs"]
    assert (pdb["name"], pdb["allowed"], pdb["min_available"]) == ("web", 1, 1)
    assert seen["runtime_classes"] == [{"name": "gvisor", "handler": "runsc"}]
    assert seen["runner"] == {"on_node": None}
    assert seen["baseline"]["below"] == ["Deployment default/ci", "Deployment default/web"]
    assert len(json.dumps(seen)) < 16000


def test_many_nodes_come_from_one_list_page_by_page(cluster, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE", 7)
    for number in range(6):
        cluster.node(f"n{number}")
        for pod in range(3):
            cluster.pod(f"p{number}-{pod}", f"n{number}", owner("ReplicaSet", "web"), ready=False)
    asked = []
    request = cluster.client._request
    monkeypatch.setattr(cluster.client, "_request", lambda *a: asked.append(a[1]) or request(*a))
    seen = gather(cluster.client)
    assert [len(node["pods"]) for node in seen["nodes"].values()] == [3] * 6
    assert asked.count("/api/v1/pods") == 3


def test_a_label_that_is_asked_for_is_kept(cluster, module):
    cluster.node("n1")
    cluster.client.patch("/api/v1/nodes/n1", {"metadata": {"labels": {"rack": "r1", "other": "x"}}})
    labels = module("cluster_info", topology_key="rack")["cluster"]["nodes"]["n1"]["labels"]
    assert labels == {"rack": "r1", "topology.kubernetes.io/zone": "a"}


def test_this_machine_is_a_node(cluster, module):
    cluster.node("me", addresses=[{"type": "InternalIP", "address": "127.0.0.1"}])
    assert module("cluster_info")["cluster"]["runner"] == {"on_node": "me"}


def test_missing_rights_are_named_and_hide_only_their_part(cluster, module):
    cluster.node("n1")
    cluster.daemonset("agent", **SOCKET)
    nobody = module("cluster_info", user="nobody", nodes=["n1"])["cluster"]
    assert nobody["reachable"] and nobody["nodes"] == {} and nobody["missing_nodes"] == ["n1"]
    # The last one everybody has.
    assert [name for name in nobody["rights"] if nobody["rights"][name]] == ["get /readyz"]
    assert "evict pods" in nobody["missing_rights"] and "patch leases in kube-system" in nobody["missing_rights"]
    cluster.grant(
        "reader",
        [
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]},
            {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["get", "list"]},
            {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
        ],
    )
    some = module("cluster_info", user="reader", nodes=["n1"])["cluster"]
    assert some["rights"]["evict pods"] and not some["rights"]["list pods"]
    assert "patch nodes" in some["missing_rights"] and "create pods in kube-system" in some["missing_rights"]
    assert list(some["nodes"]) == ["n1"] and some["nodes"]["n1"]["pods"] == []
    assert [m["name"] for m in some["docker_mounts"]] == ["agent"]


def test_credentials_from_the_environment(cluster, module, kubeconfigs):
    cluster.node("n1")
    config = json.loads(kubeconfigs["admin"].read_text())
    server = config["clusters"][0]["cluster"]
    token = {"K8S_AUTH_HOST": server["server"], "K8S_AUTH_API_KEY": "token-admin"}
    path = str(kubeconfigs["admin"])
    for env in (
        {**token, "K8S_AUTH_SSL_CA_CERT": server["certificate-authority"]},
        {**token, "K8S_AUTH_VERIFY_SSL": "false"},
        {"KUBECONFIG": path},
        {"K8S_AUTH_KUBECONFIG": path, "KUBECONFIG": "/nowhere", "K8S_AUTH_CONTEXT": "test"},
    ):
        assert Client(env=env).items("/api/v1/nodes")[0]["metadata"]["name"] == "n1", env
    assert module("cluster_info", user=None, env={"KUBECONFIG": path})["cluster"]["node_names"] == ["n1"]


def test_an_api_that_does_not_answer(module, kubeconfigs, tmp_path):
    config = json.loads(kubeconfigs["admin"].read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    path = tmp_path / "dead.conf"
    path.write_text(json.dumps(config))
    answer = module("cluster_info", kubeconfig=str(path))
    assert not answer.failed and not answer["cluster"]["reachable"]
    error = answer["cluster"]["error"]
    assert error["reason"] == "CRI-API-UNREACHABLE" and "https://127.0.0.1:1" in error["msg"]


def refusal(path, context=None):
    with pytest.raises(KubeError) as caught:
        Client(str(path), context, env={}).get("/api/v1/nodes")
    return caught.value


def test_credentials_that_do_not_fit(module, kubeconfigs, tmp_path):
    config = json.loads(kubeconfigs["admin"].read_text())
    path = tmp_path / "other.conf"

    def written(change):
        other = json.loads(json.dumps(config))
        change(other)
        path.write_text(json.dumps(other))
        return path

    error = refusal(written(lambda c: c["users"][0]["user"].update(token="wrong-token")))
    assert error.reason == "CRI-API-UNAUTHORIZED" and "wrong-token" not in str(error) + json.dumps(error.details)

    began = time.monotonic()
    error = refusal(written(lambda c: c["clusters"][0]["cluster"].pop("certificate-authority")))
    assert error.reason == "CRI-API-UNREACHABLE" and "certificate" in str(error).lower()
    assert time.monotonic() - began < 2, "a certificate does not get better by trying again"

    error = refusal(kubeconfigs["admin"], context="nowhere")
    assert error.reason == "CRI-API-CONFIG" and "nowhere" in str(error)

    path.write_text("{{{")
    assert refusal(path).reason == "CRI-API-CONFIG"

    answer = module("cluster_info", kubeconfig="/nowhere/kubeconfig")["cluster"]
    assert answer["error"]["reason"] == "CRI-API-CONFIG" and "/nowhere/kubeconfig" in answer["error"]["msg"]
