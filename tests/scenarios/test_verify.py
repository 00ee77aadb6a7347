"""Verification on real nodes: the playbook verify over switched nodes, and cri_health in a node's window."""

from __future__ import annotations

import time

import pytest
from executions import executions
from lab import ssh
from node_state import read_state
from scenario import Scenario

VERIFY = "playbooks/verify.yml"
FLAGS = "/var/lib/kubelet/kubeadm-flags.env"
CNI, AWAY = "/etc/cni/net.d", "/etc/cni/net.d.off"
# A removal makes containerd read the folder again.
TAKE = f"mkdir -p {AWAY} && mv {CNI}/* {AWAY}/"
RESTORE = f"mv {AWAY}/* {CNI}/ && rmdir {AWAY} && touch {CNI}/x && rm {CNI}/x"
# kubelet starts on its target only after the engine's own check of the network, and so the check cannot see it.
LATER = f"if grep -q container-runtime=remote {FLAGS}; then {TAKE} || true; elif test -d {AWAY}; then {RESTORE}; fi"


def verified_on(lab: Scenario, began: float) -> dict[int, list[str]]:
    """{node: the modules that were executed on it since then}"""
    return {number: [e.module.split(".")[-1] for e in executions(number, began)] for number in lab.cluster.numbers}


@pytest.mark.ci
def test_all_nodes_are_verified_and_nothing_is_changed(switched_lab: Scenario):
    before = {number: read_state(number) for number in switched_lab.cluster.numbers}
    began = time.time()
    run = switched_lab.play(VERIFY, patience=600)
    assert run.code == 0 and not run.changed(), run.failures()
    for number, modules in verified_on(switched_lab, began).items():
        assert sorted(modules) == ["cri_health", "node_runtime_info"], modules
        assert f"node{number}: verified on containerd://" in run.output
        now = read_state(number)
        for part in ("files", "units", "kubelet", "journal", "own_units"):
            assert now[part] == before[number][part], f"node{number}: {part}"


@pytest.mark.long
def test_the_other_nodes_are_verified_beside_a_bad_one(switched_lab: Scenario):
    ssh.run(1, TAKE)
    try:
        run = switched_lab.play(VERIFY, "-e", "switchover_verify_timeout=30", patience=600)
        assert run.code != 0 and "node1: NOT VERIFIED: CRI-NETWORK-NOTREADY" in run.output, run.output[-3000:]
        assert "node2: verified on containerd://" in run.output
    finally:
        ssh.run(1, RESTORE)
    again = switched_lab.play(VERIFY, patience=900)
    assert again.code == 0, again.failures()


@pytest.mark.long
def test_a_network_that_goes_after_the_engines_own_check_reverts_the_node(lab: Scenario):
    lab.sabotage(1, "kubelet", LATER)
    lab.remember()
    run = lab.play("switch-runtime.yml")
    assert run.code != 0 and run.revert_reason("node1") == "CRI-NETWORK-NOTREADY", run.failures()
    steps = {step["name"]: step["outcome"] for step in lab.journal(1)["steps"]}
    assert steps["start_kubelet"] == "ok", "the engine itself had no fault to find"
    assert lab.journal(1)["phase"] == "reverted"
    lab.assert_on_docker(1, unschedulable=False)
    lab.assert_never_touched(2)
