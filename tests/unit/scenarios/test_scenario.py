"""What a scenario waits for has an end, and says what it was; what it reads of a run is whole."""

from __future__ import annotations

import json
import subprocess

import pytest
from lab.say import LabError
from scenarios.scenario import Play, Run, Scenario, until_nothing


@pytest.fixture
def play(tmp_path):
    """A run that goes on for as long as nobody ends it."""
    (tmp_path / "log").write_text("TASK [last words]")
    made = Play(subprocess.Popen(["sleep", "60"], start_new_session=True), tmp_path / "log", tmp_path / "trace")
    yield made
    made.kill()


class Lab(Scenario):
    def __init__(self, *journals):
        self.journals = list(journals)

    def journal(self, number):
        found = self.journals.pop(0)
        if isinstance(found, LabError):
            raise found
        return found


def switching(*steps):
    return {"phase": "switching", "steps": [{"name": name} for name in steps]}


def entry(**values):
    return {
        "host": "node1",
        "task": "t",
        "status": "ok",
        "ignored": False,
        "changed": False,
        "msg": "",
        "reason": None,
        **values,
    }


def test_a_line_that_is_still_being_written_is_no_result(play):
    assert play.results() == []
    play.trace.write_text(json.dumps({"task": "one"}) + "\n" + '{"task": "tw')
    assert [r["task"] for r in play.results()] == ["one"]


def test_what_a_run_said():
    run = Run(
        2,
        "",
        1.0,
        [
            entry(),
            entry(status="failed", reason="CRI-A"),
            entry(status="failed", msg="x: CRI-B: y", ignored=True),
            entry(status="unreachable", msg="CRI-C: gone"),
            entry(changed=True),
        ],
    )
    assert len(run.failures()) == 2
    assert run.said("CRI-A") and run.said("CRI-C") and not run.said("CRI-B")
    assert run.changed() == ["node1: t"]


def test_a_step_is_waited_for_through_lost_polls(play):
    lab = Lab({}, LabError("no answer"), switching(), switching("one"), switching("one", "two"))
    lab.until_step(play, 1, "two")
    assert lab.journals == []


def test_a_step_that_is_over_is_not_waited_for(play):
    with pytest.raises(AssertionError, match="two: node1 is switched"):
        Lab({"phase": "switched", "steps": []}).until_step(play, 1, "two")


def test_a_wait_ends_and_says_for_what(play):
    lab = Lab()
    with pytest.raises(AssertionError, match="waited 0 s for this: rain\nTASK .last words"):
        lab.until(play, lambda: False, "rain", patience=0)
    play.kill()
    with pytest.raises(AssertionError, match="the playbook ended before this: rain"):
        lab.until(play, lambda: False, "rain")
    lab.until(play, lambda: True, "rain")


def test_what_is_wrong_is_reported_in_the_end(monkeypatch):
    monkeypatch.setattr("scenarios.scenario.time.sleep", lambda seconds: None)
    wrong = iter([["this"], ["that"], []])
    until_nothing(lambda: next(wrong), "never right", 60)
    with pytest.raises(AssertionError, match="never right, after 0 s: this; that"):
        until_nothing(lambda: ["this", "that"], "never right", 0)


def test_a_killed_run_is_dead(play):
    play.kill()
    assert play.process.returncode == -9
