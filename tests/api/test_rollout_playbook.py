# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole playbook against a real apiserver: only what would run on a node is a stub."""

from __future__ import annotations

import json
import threading

import pytest
from fakes import Kubelet
from playbooks.conftest import play
from playbooks.journals import facts

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._rollout import lease as lease_api

__all__ = ["play"]

STUBS = ("cutover", "image_transfer", "node_runtime_info")
NODES = ("w1", "w2", "cp")
INVENTORY = "[kube_control_plane]\ncp\n[kube_node]\nw1\nw2\n[all:vars]\nansible_connection=local\n"
LEASE = f"{lease_api.LEASES}/{lease_api.NAME}"


@pytest.fixture
def revert(play, cluster, kubeconfigs):
    """Reverts three nodes whose kubelets report what they run, as if a revert took them no time."""
    kubelets = {}
    for name in NODES:
        cluster.node(name, runtime="containerd://1.6.20")
        kubelets[name] = Kubelet(cluster.client, name, runtime="containerd://1.6.20")

    def run(settings, *options):
        verification = {"seen": {"runtime_version": "docker://20"}}
        answers = {"image_transfer": {"missing": []}}
        answers["cutover reverted"] = {"changed": True, "phase": "reverted", "verification": verification}
        for name in NODES:
            answers[name + " node_runtime_info"] = {"runtime_info": facts(name, "finalized")}
        settings = {"switchover_kubeconfig": str(kubeconfigs["admin"]), "switchover_batches": [1], **settings}
        return play("revert", INVENTORY, STUBS, answers, "-e", json.dumps(settings), *options)

    for kubelet in kubelets.values():
        kubelet.start()
    try:
        yield run, kubelets
    finally:
        for kubelet in kubelets.values():
            kubelet.__exit__()
        try:
            cluster.client.delete(LEASE)
        except KubeError as exc:
            assert exc.status == 404


def test_all_the_way_with_its_gates_and_its_lease(revert, cluster):
    run, kubelets = revert

    def follow():
        """A node that was drained runs on Docker from then on."""
        while any(kubelet.runtime.startswith("containerd") for kubelet in kubelets.values()):
            for node in cluster.client.items("/api/v1/nodes"):
                if (node.get("spec") or {}).get("unschedulable"):
                    kubelets[node["metadata"]["name"]].runtime = "docker://20.10.24"
            if over.wait(0.2):
                return

    over = threading.Event()
    follower = threading.Thread(target=follow)
    follower.start()
    try:
        code, output, asked = run({"switchover_soak": 1})
    finally:
        over.set()
        follower.join()
    assert code == 0, output
    taken = [host for host, name, args in asked if name == "cutover" and args["state"] == "reverted"]
    assert taken == ["w1", "w2", "cp"]
    lease = cluster.client.get(LEASE)
    assert lease["spec"].get("holderIdentity") is None and lease["spec"]["leaseDurationSeconds"] > 2000
    assert not any((node.get("spec") or {}).get("unschedulable") for node in cluster.client.items("/api/v1/nodes"))


def test_a_node_that_is_not_where_it_should_be_stops_it_at_the_next_batch(revert, cluster):
    run, _kubelets = revert
    code, output, asked = run({"switchover_gate_timeout": 1})
    assert code != 0
    assert "CRI-BATCH-GATE: before w2, unmet for 1 s: node w1 is on containerd://1.6.20, not on docker://" in output
    assert "Not started: w2, cp" in output
    assert [host for host, name, args in asked if name == "cutover" and args["state"] == "reverted"] == ["w1"]
    assert cluster.client.get(LEASE)["spec"].get("holderIdentity") is None, "it ended, and released it"


def test_a_dry_run_takes_no_lease_and_fails_for_nothing_that_it_did_not_do(revert, cluster):
    run, _kubelets = revert
    code, output, _asked = run({}, "--check")
    assert code == 0, output
    with pytest.raises(KubeError):
        cluster.client.get(LEASE)
