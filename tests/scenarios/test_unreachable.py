"""A node that is lost in its window: the run ends in time and touches no other node; the node finds back by itself."""

from __future__ import annotations

import time

import pytest
from scenario import Play, Scenario, eventually

pytestmark = pytest.mark.ci

WATCHDOG = 180
PROOF = 100


def wait_for_the_window(lab: Scenario, play: Play) -> None:
    """Until kubelet on node1 is down: past the engine's start, before anything is proven."""
    deadline = time.monotonic() + 900
    while True:
        assert play.process.poll() is None, f"the playbook ended before the window:\n{play.tail()}"
        assert time.monotonic() < deadline, f"no window within 900 s:\n{play.tail()}"
        journal = lab.journal(1)
        done = [s["name"] for s in journal.get("steps", []) if s.get("outcome") == "ok"]
        if journal.get("phase") == "cutting" and "stop_kubelet" in done:
            return
        time.sleep(0.5)


def test_a_node_lost_in_its_window(lab: Scenario):
    lab.remember()
    settings = ("-e", f"switchover_watchdog={WATCHDOG}", "-e", f"switchover_proof_timeout={PROOF}")
    play = lab.start("switch-runtime.yml", *settings)
    wait_for_the_window(lab, play)
    lab.cluster.plug(1, False)
    unplugged = time.monotonic()
    run = play.wait(WATCHDOG + 420)
    waited = time.monotonic() - unplugged

    assert run.code != 0
    assert waited < WATCHDOG + 300, f"the run went on for {waited:.0f} s"
    gate = run.said("CRI-GATE")
    assert gate and "node1" in gate[-1]["msg"] and "node2" in gate[-1]["msg"], run.failures()
    lab.assert_never_touched(2)

    lab.cluster.plug(1, True)
    eventually(lambda: lab.journal(1).get("phase") == "reverted", "node1 did not revert by itself", WATCHDOG + 120)
    lab.assert_on_docker(1, unschedulable=True, ours=True)
