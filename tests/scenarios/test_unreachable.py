"""A node that is lost in its window: what comes back in time is finished, what does not has helped itself."""

from __future__ import annotations

import time

import pytest
from arguments import settings, watchdog_for
from scenario import Play, Run, Scenario, eventually

pytestmark = pytest.mark.long

# The run waits for the watchdog and a revert (the action's REVERT_TIME).
VERIFY_TIMEOUT = 60
WATCHDOG = watchdog_for(VERIFY_TIMEOUT)["switchover_watchdog"]
REVERT_TIME = 600


def lose_node1_in_its_window(lab: Scenario, **values: object) -> Play:
    """Kubelet on node1 is down: past the engine's start, before anything is verified."""
    lab.remember()
    play = lab.start("switch-runtime.yml", *settings(**values))
    lab.until_step(play, 1, "stop_pods")
    lab.cluster.plug(1, False)
    return play


def assert_stopped(lab: Scenario, run: Run) -> None:
    assert run.code != 0
    gate = run.said("CRI-GATE")
    assert gate and "node1" in gate[-1]["msg"] and "node2" in gate[-1]["msg"], run.failures()
    lab.assert_never_touched(2)


def test_a_short_loss_costs_nothing(lab: Scenario):
    """The cable is out until the run has noticed; the engine has gone on, and the run finds it where it is."""
    play = lose_node1_in_its_window(lab, switchover_only=["node1"])
    lab.until(play, lambda: "no connection, trying again" in play.log.read_text(), "the run noticed the loss", 240)
    lab.cluster.plug(1, True)
    run = play.wait(900)
    assert run.code == 0, run.failures()
    lab.assert_on_target(1)
    lab.assert_never_touched(2)


def test_a_node_that_comes_back_has_helped_itself(lab: Scenario):
    """Its cable is out for longer than the watchdog waits; the run is still there to see it reverted."""
    play = lose_node1_in_its_window(lab, **watchdog_for(VERIFY_TIMEOUT))
    time.sleep(WATCHDOG + 60)
    assert play.process.poll() is None, f"the run gave up before the watchdog had its time:\n{play.tail()}"
    lab.cluster.plug(1, True)
    run = play.wait(400)
    assert_stopped(lab, run)
    assert lab.journal(1)["phase"] == "reverted"
    assert lab.journal(1)["reason"] == "CRI-CUTOVER-WATCHDOG"
    lab.assert_on_docker(1, unschedulable=False)


def test_a_node_that_stays_away_ends_the_run_in_time(lab: Scenario):
    play = lose_node1_in_its_window(lab, **watchdog_for(VERIFY_TIMEOUT))
    began = time.monotonic()
    run = play.wait(WATCHDOG + REVERT_TIME + 200)
    assert_stopped(lab, run)
    assert run.said("CRI-CUTOVER-LOST"), run.failures()
    print(f"the run ended {time.monotonic() - began:.0f} s after the cable was pulled")

    lab.cluster.plug(1, True)
    eventually(lambda: lab.journal(1).get("phase") == "reverted", "node1 did not revert by itself", 60)
    # Nobody could verify it: it waits, cordoned by the run, for the next one.
    lab.assert_on_docker(1, unschedulable=True, ours=True)
