"""A budget that never allows an eviction: the drain ends at its deadline, by name, and nobody has lost anything."""

from __future__ import annotations

import pytest
from arguments import settings
from scenario import Scenario

pytestmark = pytest.mark.long

NEVER = '{"spec":{"minAvailable":"100%"}}'


def test_the_budget_is_named_and_the_node_serves_again(lab: Scenario):
    lab.cluster.kubectl("-n", "shop", "patch", "pdb", "web", "--type=merge", "-p", NEVER)
    lab.remember()
    lab.probe()
    run = lab.play("switch-runtime.yml", *settings(switchover_drain_timeout=60))
    service = lab.answered()

    assert run.code != 0
    refused = run.said("CRI-DRAIN-PDB")
    assert refused and refused[0]["host"] == "node1" and "shop/web" in refused[0]["msg"], run.failures()
    gate = run.said("CRI-GATE")
    assert gate and "node2" in gate[-1]["msg"], f"the gate did not name the node that was not started: {run.failures()}"
    assert [e for e in lab.history(1) if e["unschedulable"]], "node1 was never cordoned: this test showed nothing"
    lab.assert_on_docker(1, unschedulable=False)
    lab.assert_never_touched(2)
    assert service["requests"] > 50 and not service["failed"], service
    lab.cluster.wait_workloads(180)
