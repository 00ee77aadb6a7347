"""The kills are complete by construction, come in time, and know when a node is at rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from faults.engine import steps as engine_steps
from scenarios import kills as of
from scenarios.arguments import watchdog_for
from scenarios.kills import Kill, kills, passed, reached, unrest

from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import PHASES
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.errors import errors

TOP = Path(of.__file__).resolve().parents[2]
STEPS = {"switch": ["first", "second"], "revert": ["revert_first"]}
BY_NAME = {kill.name: kill for kill in kills(STEPS)}


class Seen:
    """A run, as its playbook, its node's journal and the API report it."""

    def __init__(self, ended=(), phase=None, steps=(), cordon=(False, False)):
        self._ended, self._cordon = ended, cordon
        self._journal = {"phase": phase, "steps": [{"name": name} for name in steps]} if phase else {}

    def ended(self, name):
        return name in self._ended

    def journal(self):
        return self._journal

    def cordon(self):
        return self._cordon


def test_every_step_of_the_engine_has_its_kill():
    steps = engine_steps()
    names = [kill.name for kill in kills(steps)]
    assert len(set(names)) == len(names)
    assert {f"switching/{step}" for step in steps["switch"]} <= set(names)
    assert {f"reverting/{step}" for step in steps["revert"]} <= set(names)


def test_phases_are_those_of_the_engine_in_its_order():
    for way in (of.FORTH, of.BACK):
        for earlier, later in zip(way[1:], way[2:], strict=False):
            assert later in PHASES[earlier]


def test_the_watchdog_is_as_short_as_it_may_be():
    short = watchdog_for(10)
    assert errors(short) == []
    assert errors(dict(short, switchover_watchdog=short["switchover_watchdog"] - 1))


def test_what_is_chosen_exists():
    marks = [kill.mark for kill in kills(engine_steps())]
    assert marks.count("long") == len(of.LONG)
    assert set(of.WHOLE) <= set(of.LONG)


def test_what_ansible_reports_is_said_by_the_playbooks():
    said = set()
    for path in [*(TOP / "playbooks").glob("*.yml"), *(TOP / "roles").glob("*/tasks/*.yml")]:
        for play in yaml.safe_load(path.read_text()):
            for task in [play, *play.get("tasks", [])]:
                said |= {task.get("name"), *task}
    assert set(of.REPORTED.values()) <= said


@pytest.mark.parametrize(
    "name,seen,there",
    [
        ("assessed", Seen(), False),
        ("assessed", Seen([of.REPORTED["assessed"]]), True),
        ("drained", Seen([of.REPORTED["assessed"], of.REPORTED["staged"]], "staged", cordon=(True, True)), False),
        ("drained", Seen([of.REPORTED["drained"]], "staged", cordon=(True, True)), True),
        ("draining", Seen(phase="staged"), False),
        ("draining", Seen(phase="staged", cordon=(True, False)), False),
        ("draining", Seen(phase="staged", cordon=(True, True)), True),
        ("switching/first", Seen(), False),
        ("switching/first", Seen(phase="staged"), False),
        ("switching/first", Seen(phase="switching", steps=["first"]), True),
        ("switching/second", Seen(phase="switching", steps=["first"]), False),
        ("switching/second", Seen(phase="switching", steps=["first", "second"]), True),
        ("reverting/revert_first", Seen(phase="switching", steps=["first"]), False),
        ("reverting/revert_first", Seen(phase="reverting", steps=["first"]), False),
        ("reverting/revert_first", Seen(phase="reverting", steps=["first", "revert_first"]), True),
        ("switched", Seen(phase="switching"), False),
        ("switched", Seen(phase="switched"), True),
        ("confirmed", Seen(phase="switched", cordon=(True, True)), False),
        ("confirmed", Seen(phase="confirmed", cordon=(True, True)), True),
        ("uncordoned", Seen(phase="confirmed", cordon=(True, True)), False),
        # before its window it is uncordoned, too
        ("uncordoned", Seen(phase="staged"), False),
        ("uncordoned", Seen(phase="confirmed"), True),
        ("finalized", Seen(phase="confirmed"), False),
        ("finalized", Seen(phase="finalized"), True),
    ],
)
def test_when_to_kill(name, seen, there):
    assert reached(BY_NAME[name], seen) is there


@pytest.mark.parametrize(
    "name,phase",
    [
        ("switching/first", "switched"),
        ("switching/first", "reverting"),
        ("reverting/revert_first", "reverted"),
        ("reverting/revert_first", "switched"),
        ("switched", "confirmed"),
        ("switched", "reverted"),
        ("confirmed", "finalized"),
    ],
)
def test_a_kill_that_would_come_too_late_is_none(name, phase):
    assert passed(BY_NAME[name], {"phase": phase})
    with pytest.raises(AssertionError, match=f"{name} is over"):
        reached(BY_NAME[name], Seen(phase=phase))


@pytest.mark.parametrize(
    "name,phase,units,lock,words",
    [
        ("switching/first", "reverted", [], None, []),
        ("switching/first", "switched", [], None, ["switched, wanted reverted"]),
        ("switching/first", "reverted", ["x.timer"], None, ["x.timer"]),
        ("confirmed", "confirmed", [], {"owner": "ann", "seconds_left": 5}, ["ann"]),
        ("uncordoned", "finalized", [], None, []),
        ("assessed", None, [], None, []),
        ("assessed", "staged", [], None, ["wanted None"]),
    ],
)
def test_at_rest(name, phase, units, lock, words):
    found = unrest(BY_NAME[name].ends, phase, units, lock)
    assert len(found) == len(words) and all(word in line for word, line in zip(words, found, strict=False)), found


def test_who_waits_for_the_watchdog():
    waits = {name for name, kill in BY_NAME.items() if kill.unconfirmed}
    assert waits == {"switching/first", "switching/second", "switched"}
    assert all(BY_NAME[name].reverted for name in waits)
    assert isinstance(BY_NAME["switched"], Kill) and BY_NAME["switching/first"].step == "first"
