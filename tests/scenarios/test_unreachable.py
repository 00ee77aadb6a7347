"""A node that is lost in its window: the run ends in time and touches no other node; the node finds back by itself."""

from __future__ import annotations

import time

import pytest
from scenario import Play, Run, Scenario, eventually

# The watchdog must exceed the proof by two minutes; the run waits for it and a way back (the action's REVERT_TIME).
PROOF = 60
WATCHDOG = 180
REVERT_TIME = 600


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


def lose_node1_in_its_window(lab: Scenario) -> Play:
    lab.remember()
    settings = ("-e", f"switchover_watchdog={WATCHDOG}", "-e", f"switchover_proof_timeout={PROOF}")
    play = lab.start("switch-runtime.yml", *settings)
    wait_for_the_window(lab, play)
    lab.cluster.plug(1, False)
    return play


def assert_stopped(lab: Scenario, run: Run) -> None:
    assert run.code != 0
    gate = run.said("CRI-GATE")
    assert gate and "node1" in gate[-1]["msg"] and "node2" in gate[-1]["msg"], run.failures()
    lab.assert_never_touched(2)


@pytest.mark.ci
def test_a_node_that_comes_back_has_helped_itself(lab: Scenario):
    """Its cable is out for longer than the watchdog waits; the run is still there to see it reverted."""
    play = lose_node1_in_its_window(lab)
    time.sleep(WATCHDOG + 60)
    assert play.process.poll() is None, f"the run gave up before the watchdog had its time:\n{play.tail()}"
    lab.cluster.plug(1, True)
    run = play.wait(400)
    assert_stopped(lab, run)
    assert lab.journal(1)["phase"] == "reverted"
    lab.assert_on_docker(1, unschedulable=False)


@pytest.mark.long
def test_a_node_that_stays_away_ends_the_run_in_time(lab: Scenario):
    play = lose_node1_in_its_window(lab)
    began = time.monotonic()
    run = play.wait(WATCHDOG + REVERT_TIME + 200)
    assert_stopped(lab, run)
    assert run.said("CRI-CUTOVER-LOST"), run.failures()
    print(f"the run ended {time.monotonic() - began:.0f} s after the cable was pulled")

    lab.cluster.plug(1, True)
    eventually(lambda: lab.journal(1).get("phase") == "reverted", "node1 did not revert by itself", 60)
    # Nobody could prove it: it waits, cordoned by the run, for the next one.
    lab.assert_on_docker(1, unschedulable=True, ours=True)
