"""Two runs at once on one node: one is refused, by name, and the other one finishes as if it were alone."""

from __future__ import annotations

import pytest
from arguments import settings
from scenario import Play, Run, Scenario

ONLY = settings(switchover_only=["node1"])
# What a run says that may not: in preflight, while staging, at the beginning of its window.
REFUSALS = ("CRI-JOURNAL-LOCKED", "CRI-LEASE-HELD", "CRI-CUTOVER-UNFINISHED", "CRI-CUTOVER-BUSY")


def start(lab: Scenario, who: str) -> Play:
    return lab.start("switch-runtime.yml", *ONLY, USER=who)


def refusals(run: Run) -> list[str]:
    return [r["msg"] for reason in REFUSALS for r in run.said(reason)]


@pytest.mark.long
def test_who_comes_in_the_window_is_refused(lab: Scenario):
    lab.remember()
    first = start(lab, "alice")
    lab.until_step(first, 1, "take_before_images")
    second = start(lab, "bertha").wait(300)
    assert second.code != 0
    assert second.said("CRI-JOURNAL-LOCKED"), second.failures()
    assert any("alice" in text for text in refusals(second)), f"who holds it is not reported: {refusals(second)}"
    assert not second.changed(), "it changed something"
    assert first.process.poll() is None, "the first run was over: this test showed nothing"

    run = first.wait(900)
    assert run.code == 0, run.failures()
    lab.assert_on_target(1)
    lab.assert_never_touched(2)


@pytest.mark.long
def test_of_two_that_stage_one_switches(lab: Scenario):
    """The node is not locked yet when the second one checks; whose plan lies there in the end may use it."""
    lab.remember()
    first = start(lab, "alice")
    lab.until(first, lambda: any(r["task"] == "Report what will happen" for r in first.results()), "alice has assessed")
    second = start(lab, "bertha")
    runs = {"alice": first.wait(1500), "bertha": second.wait(1500)}
    ends = {who: run.code for who, run in runs.items()}
    assert sorted(code == 0 for code in ends.values()) == [False, True], f"not one of two: {ends}"
    loser, winner = sorted(runs, key=lambda who: runs[who].code == 0)
    failures = runs[loser].failures()
    assert any(winner in text for text in refusals(runs[loser])), f"not refused in {winner}'s favour: {failures}"
    assert [e for e in lab.history(1) if e["unschedulable"]], "node1 never was in a window: this test showed nothing"
    lab.assert_on_target(1)
    lab.assert_never_touched(2)
