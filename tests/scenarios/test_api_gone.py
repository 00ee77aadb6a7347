"""The API server gives no answer while a node is verified: a short silence is waited for, a long one reverts it."""

from __future__ import annotations

import time

import pytest
from arguments import settings, watchdog_for
from scenario import Play, Run, Scenario

# Long enough for pods that kubelet hears of only when the API is there again, on Docker.
VERIFY_TIMEOUT = 120


def hang_during_verification(lab: Scenario, **values: object) -> Play:
    """node1 is on its target, and nobody says so any more."""
    lab.remember()
    play = lab.start("switch-runtime.yml", *settings(**values))
    lab.until_phase(play, 1, "switched")
    lab.hang_api(True)
    return play


def assert_reported(run: Run) -> None:
    assert run.code != 0
    failed = [r for r in run.failures() if r["host"] == "node1" and r["action"].endswith("cutover")]
    assert failed and failed[0]["phase"] == "reverted", run.failures()
    assert failed[0]["reason"] == "CRI-API-UNREACHABLE", "the run does not say that the API was away"


@pytest.mark.long
def test_an_api_that_comes_back_in_time_costs_nothing(lab: Scenario):
    play = hang_during_verification(lab, switchover_only=["node1"])
    # Three tries of half a minute, and then the verification says what it lacks.
    lab.until(play, lambda: "no answer from the API" in play.log.read_text(), "the verification missed the API", 200)
    assert lab.journal(1)["phase"] == "switched", "it did not wait"
    lab.hang_api(False)
    run = play.wait(900)
    assert run.code == 0, run.failures()
    lab.assert_on_target(1)
    lab.assert_never_touched(2)


@pytest.mark.long
def test_an_api_that_stays_away_reverts_the_node(lab: Scenario):
    """It is there again for the verification on Docker: the node serves again."""
    play = hang_during_verification(lab, **watchdog_for(VERIFY_TIMEOUT))
    lab.until_phase(play, 1, "reverted", VERIFY_TIMEOUT + 240)
    lab.hang_api(False)
    run = play.wait(600)
    assert_reported(run)
    gate = run.said("CRI-GATE")
    assert gate and "node1" in gate[-1]["msg"] and "node2" in gate[-1]["msg"], run.failures()
    lab.assert_on_docker(1, unschedulable=False)
    lab.assert_never_touched(2)


@pytest.mark.all
def test_an_api_that_never_comes_back_leaves_the_cordon(lab: Scenario):
    """Nobody can verify the node on Docker, nor uncordon it: the next run will."""
    play = hang_during_verification(lab, **watchdog_for(VERIFY_TIMEOUT))
    began = time.monotonic()
    run = play.wait(1500)
    print(f"the run ended {time.monotonic() - began:.0f} s after the API was gone")
    lab.hang_api(False)
    assert_reported(run)
    assert lab.journal(1)["phase"] == "reverted"
    lab.assert_on_docker(1, unschedulable=True, ours=True)
    lab.assert_never_touched(2)
