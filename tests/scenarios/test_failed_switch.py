"""A switch that fails: the node is on Docker exactly as it was, the rollout stops, the next node is never touched."""

from __future__ import annotations

import pytest
from scenario import KUBELET_FAULT, Scenario

pytestmark = pytest.mark.long

# Each fails only with the target's files in place, so that the revert is possible.
FAULTS = {
    "containerd": '! grep -q "SystemdCgroup = true" /etc/containerd/config.toml',
    "kubelet": KUBELET_FAULT,
}


@pytest.mark.parametrize("unit,cordoned", [("containerd", False), ("kubelet", True)])
def test_it_is_docker_again_and_the_rollout_stops(lab: Scenario, unit: str, cordoned: bool):
    lab.sabotage(1, unit, FAULTS[unit])
    if cordoned:
        lab.cluster.kubectl("cordon", "node1")
    lab.remember()
    run = lab.play("switch-runtime.yml", "-e", "switchover_verify_timeout=120", "-e", "switchover_watchdog=400")

    assert run.code != 0
    gate = run.said("CRI-GATE")
    assert gate and "node1" in gate[-1]["msg"], f"the gate did not name node1: {run.failures()}"
    assert "node2" in gate[-1]["msg"], "the gate did not name the node that was not started"
    assert run.revert_reason("node1").startswith("CRI-")
    assert [e for e in lab.history(1) if e["unschedulable"]], "node1 never was in a window: this test showed nothing"
    assert lab.journal(1)["phase"] == "reverted"
    lab.assert_on_docker(1, unschedulable=cordoned)
    lab.assert_never_touched(2)
