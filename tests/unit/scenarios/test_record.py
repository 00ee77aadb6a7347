"""Scenarios in more than one sitting: what has passed is not run again, unless the engine is another one."""

from __future__ import annotations

import json

import pytest
from scenarios.record import name_of, outcome, passed

pytest_plugins = ["pytester"]

SUITE = """
import pathlib, pytest

@pytest.mark.parametrize("which", ["a/good", "bad", "bad-end"])
def test_one(which, request):
    if which == "bad-end":
        request.addfinalizer(lambda: 1 / 0)
    assert which != "bad"
"""
PLUGIN = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from record import Record

def pytest_configure(config):
    config.pluginmanager.register(Record(Path("record.jsonl"), {engine!r}))
"""


def line(scenario: str, engine: str, outcome: str) -> str:
    return json.dumps({"scenario": scenario, "engine": engine, "outcome": outcome})


def test_the_last_result_with_this_engine_counts():
    lines = [
        line("once", "new", "passed"),
        line("of-old", "old", "passed"),
        line("fixed", "new", "failed"),
        line("fixed", "new", "passed"),
        line("worse", "new", "passed"),
        line("worse", "new", "failed"),
    ]
    assert passed(lines, "new") == {"once", "fixed"}


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        (["passed", "passed", "passed"], "passed"),
        (["passed", "passed", "failed"], "failed"),
        (["failed", "passed"], "failed"),
        (["skipped", "passed"], "skipped"),
    ],
)
def test_a_scenario_is_as_good_as_its_worst_part(phases, expected):
    assert outcome(phases) == expected


def test_a_name_keeps_the_slash_of_its_parameter():
    assert name_of("tests/scenarios/test_killed.py::test_a[switching/x]") == "test_killed.py::test_a[switching/x]"
    assert name_of("test_killed.py::test_a[switching/x]") == "test_killed.py::test_a[switching/x]"


def test_the_next_sitting_runs_what_did_not_pass(pytester):
    from scenarios import record

    paths = [str(record.FILE.parent), str(record.FILE.parent.parent)]

    def conftest(engine):
        pytester.makeconftest(PLUGIN.format(paths=paths, engine=engine))

    pytester.makepyfile(test_suite=SUITE)
    conftest("first")
    pytester.runpytest_subprocess().assert_outcomes(passed=2, failed=1, errors=1)
    again = pytester.runpytest_subprocess()
    again.assert_outcomes(passed=1, failed=1, errors=1, deselected=1)
    again.stdout.fnmatch_lines(["1 have passed with engine first before, 2 are left"])
    conftest("second")
    pytester.runpytest_subprocess().assert_outcomes(passed=2, failed=1, errors=1)
    kept = [json.loads(text) for text in (pytester.path / "record.jsonl").read_text().splitlines()]
    first, second, third = ["passed", "failed", "failed"], ["failed", "failed"], ["passed", "failed", "failed"]
    assert [result["outcome"] for result in kept] == first + second + third
    assert all(result["commit"] and result["seconds"] >= 0 for result in kept)
