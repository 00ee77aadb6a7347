# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import socket
import time

from fakes import Kubelet, owner, running

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import read_entry
from ansible_collections.cri.switchover.plugins.plugin_utils.verification import verify as verification
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import read_heartbeat
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.probe_pods import probe_name

MIRROR = {"kubernetes.io/config.mirror": "x"}


def expectation(cluster, **changes):
    made = {
        "node_name": "n1",
        "version_prefix": "containerd://",
        "baseline": read_entry(cluster.client, "n1")[1],
        "since": read_heartbeat(cluster.client, "n1"),
        "handlers": [{"name": "runc"}],
        "pause_image": "pause:3.6",
        "run_id": "r1",
    }
    return {**made, **changes}


def verify(cluster, wanted, seconds, log=None):
    return verification.verify(cluster.client, wanted, time.monotonic() + seconds, log)


def reasons(answer):
    return sorted({item["reason"].replace("CRI-VERIFY-", "") for item in answer["unmet"]})


def probe_pods(cluster):
    pods = cluster.client.items("/api/v1/namespaces/kube-system/pods")
    return [pod for pod in pods if pod["metadata"]["name"].startswith("cri-probe-")]


def wait_for_no_probes(cluster, seconds=5):
    deadline = time.monotonic() + seconds
    while probe_pods(cluster):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def a_docker_node(cluster):
    agent = owner("DaemonSet", "agent", cluster.daemonset("agent")["metadata"]["uid"])
    cluster.node("n1")
    cluster.pod("agent-1", "n1", agent)
    cluster.pod("etcd-n1", "n1", owner("Node", "n1"), annotations=MIRROR)


def move_to(cluster, name, runtime="containerd"):
    pod = cluster.client.get(f"/api/v1/namespaces/default/pods/{name}")
    status = {"status": running(runtime, pod["metadata"]["uid"])}
    cluster.client.patch(f"/api/v1/namespaces/default/pods/{name}/status", status)


def test_a_node_that_was_switched_is_verified(cluster):
    a_docker_node(cluster)
    cluster.runtime_class("gvisor", "runsc")
    wanted = expectation(cluster, handlers=["runc", "runsc", "crun"])
    messages = []
    with Kubelet(cluster.client, "n1", runtime="containerd://1.6.20"):
        for name in ("agent-1", "etcd-n1"):
            move_to(cluster, name)
        answer = verify(cluster, wanted, 30, messages.append)
        assert answer["ok"] and answer["unmet"] == [], answer["unmet"]
        wait_for_no_probes(cluster)
    seen = answer["seen"]
    assert sorted(seen["probes"]) == ["runc", "runsc"]
    assert seen["probes"]["runsc"]["runtime_class"] == "gvisor"
    assert seen["handlers_without_runtime_class"] == ["crun"] and seen["leftovers"] == []
    assert seen["runtime_version"] == "containerd://1.6.20" and seen["node"]["metadata"]["name"] == "n1"
    assert "managedFields" not in seen["node"]["metadata"]
    json.dumps(answer)


def test_an_optional_handler_that_does_not_work_is_reported_and_no_more(cluster, monkeypatch):
    monkeypatch.setattr(verification, "OPTIONAL_PATIENCE", 3)
    cluster.node("n1")
    cluster.runtime_class("gvisor", "runsc")
    handlers = [{"name": "runc"}, {"name": "runsc", "optional": True}]
    with Kubelet(cluster.client, "n1", runtime="containerd://1.6.20", lacks=["gvisor"]):
        answer = verify(cluster, expectation(cluster, handlers=handlers), 30)
        assert answer["ok"] and answer["unmet"] == [] and sorted(answer["seen"]["probes"]) == ["runc"]
        assert "runsc does not run: Pending" in answer["seen"]["left_out"]["runsc"]
        handlers[1]["optional"] = False
        answer = verify(cluster, expectation(cluster, handlers=handlers), 6)
        assert reasons(answer) == ["PROBE"] and answer["seen"]["left_out"] == {}
        wait_for_no_probes(cluster)


def test_user_namespaces_that_the_api_server_does_not_know_are_reported_and_not_waited_for(cluster):
    cluster.node("n1")
    with Kubelet(cluster.client, "n1", runtime="containerd://1.6.20"):
        answer = verify(cluster, expectation(cluster, user_namespaces=True), 90)
        assert answer["ok"] and sorted(answer["seen"]["probes"]) == ["runc"]
        assert answer["seen"]["left_out"] == {"user namespaces": "the API server drops a pod's hostUsers"}
        assert answer["seen"]["seconds"] < 30 < verification.OPTIONAL_PATIENCE
        wait_for_no_probes(cluster)


def test_a_stale_ready_verifies_nothing_and_no_pod_is_made(cluster):
    a_docker_node(cluster)
    wanted = expectation(cluster)
    messages = []
    answer = verify(cluster, wanted, 3, messages.append)
    assert not answer["ok"]
    assert reasons(answer) == ["HEARTBEAT", "POD", "RUNTIME"]
    assert len(messages) == 1 and "no new Lease" in messages[0]
    assert probe_pods(cluster) == [] and answer["seen"]["polls"] >= 2


def test_alive_but_still_on_docker(cluster):
    a_docker_node(cluster)
    wanted = expectation(cluster)
    time.sleep(1.1)  # heartbeats have whole seconds
    with Kubelet(cluster.client, "n1"):
        answer = verify(cluster, wanted, 3)
    assert reasons(answer) == ["POD", "RUNTIME"]


def test_a_runtime_that_did_not_answer_kubelet_is_waited_for(cluster):
    """Its name is right, and verifies nothing; no pod is made before kubelet could ask it."""
    a_docker_node(cluster)
    wanted = expectation(cluster, baseline={})
    kubelet = Kubelet(cluster.client, "n1", runtime="containerd://Unknown")
    messages = []

    def heard(text):
        messages.append(text)
        if "heartbeat" not in text and kubelet.runtime.endswith("Unknown"):
            assert "whose version kubelet has not reported yet" in text and probe_pods(cluster) == []
            kubelet.runtime = "containerd://1.6.20"

    with kubelet:
        answer = verify(cluster, wanted, 30, heard)
        assert answer["ok"] and answer["seen"]["runtime_version"] == "containerd://1.6.20", answer
        assert "whose version" in " ".join(messages)
        wait_for_no_probes(cluster)


def test_what_it_waits_for_may_come_late(cluster):
    a_docker_node(cluster)
    wanted = expectation(cluster)
    kubelet = Kubelet(cluster.client, "n1", runtime="containerd://1.6.20")
    kubelet.starts = False

    def heard(text):
        # What is missing comes one by one, each after it was reported.
        for name in ("agent-1", "etcd-n1"):
            if name in text:
                move_to(cluster, name)
        kubelet.starts = True

    with kubelet:
        assert verify(cluster, wanted, 30, heard)["ok"]
        wait_for_no_probes(cluster)


def test_a_probe_that_never_runs_is_taken_away(cluster):
    a_docker_node(cluster)
    wanted = expectation(cluster, baseline={})
    with Kubelet(cluster.client, "n1", runtime="containerd://1.6.20", starts=False, ends=False):
        answer = verify(cluster, wanted, 6)
    assert reasons(answer) == ["PROBE"] and "runc does not run: Pending" in answer["unmet"][0]["message"]
    assert probe_pods(cluster) == [] and answer["seen"]["leftovers"] == []


def test_a_probe_pod_left_by_a_killed_run_is_replaced(cluster):
    a_docker_node(cluster)
    name = probe_name("r1", "n1", "runc")
    cluster.pod(name, "n9", namespace="kube-system")
    with Kubelet(cluster.client, "n1", runtime="containerd://1.6.20"):
        answer = verify(cluster, expectation(cluster, baseline={}, since={}), 20)
        assert answer["ok"], answer["unmet"]
        wait_for_no_probes(cluster)


def test_a_daemonset_deleted_meanwhile_is_not_waited_for(cluster):
    a_docker_node(cluster)
    wanted = expectation(cluster)
    cluster.client.delete("/apis/apps/v1/namespaces/default/daemonsets/agent")
    cluster.client.delete("/api/v1/namespaces/default/pods/agent-1", {"gracePeriodSeconds": 0})
    with Kubelet(cluster.client, "n1", runtime="containerd://1.6.20"):
        move_to(cluster, "etcd-n1")
        assert verify(cluster, wanted, 30)["ok"]
        wait_for_no_probes(cluster)


def test_without_beats_of_before_the_lease_has_to_change(cluster):
    cluster.node("n1", runtime="containerd://1.6.20")
    answer = verify(cluster, expectation(cluster, since={}), 3)
    assert [item["details"]["beat"] for item in answer["unmet"]] == ["lease_renew"]


def test_a_reverted_node_is_verified_on_docker(cluster):
    a_docker_node(cluster)
    cluster.runtime_class("gvisor", "runsc")
    wanted = expectation(cluster, version_prefix="docker://", handlers=["runc", "runsc"])
    time.sleep(1.1)
    with Kubelet(cluster.client, "n1"):
        answer = verify(cluster, wanted, 20)
        assert answer["ok"], answer["unmet"]
        wait_for_no_probes(cluster)
    assert list(answer["seen"]["probes"]) == ["runc"]


def test_an_api_that_is_away_is_unmet_and_not_an_exception(kubeconfigs, tmp_path):
    config = json.loads(kubeconfigs["admin"].read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    path = tmp_path / "dead.conf"
    path.write_text(json.dumps(config))
    wanted = {"node_name": "n1", "version_prefix": "containerd://", "pause_image": "pause:3.6"}
    client = Client(str(path), env={}, attempts=1)
    answer = verification.verify(client, wanted, time.monotonic() + 2)
    assert [item["reason"] for item in answer["unmet"]] == ["CRI-API-UNREACHABLE"]


def test_no_right_to_make_the_probe_is_reported(cluster, kubeconfigs):
    cluster.node("n1")
    cluster.grant("reader", [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}])
    client = Client(str(kubeconfigs["reader"]), env={})
    with Kubelet(cluster.client, "n1", runtime="containerd://1.6.20"):
        answer = verification.verify(client, expectation(cluster, since={}, baseline={}), time.monotonic() + 6)
    (unmet,) = answer["unmet"]
    assert unmet["reason"] == "CRI-API-FORBIDDEN" and unmet["details"]["resource"] == "pods"


def test_a_server_that_accepts_and_never_answers_does_not_block_the_verification(kubeconfigs, tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        config = json.loads(kubeconfigs["admin"].read_text())
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{silent.getsockname()[1]}"
        path = tmp_path / "silent.conf"
        path.write_text(json.dumps(config))
        began = time.monotonic()
        client = Client(str(path), env={})
        answer = verification.verify(client, {"node_name": "n1", "version_prefix": "containerd://"}, began + 3)
    assert [item["reason"] for item in answer["unmet"]] == ["CRI-API-UNREACHABLE"]
    assert time.monotonic() - began < 6
