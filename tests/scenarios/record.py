"""`--record`: results are kept, and what passed with this engine is left out. All take more than one sitting."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parent / "record.jsonl"


def of_engine(lines: Sequence[str], name: str) -> list[dict]:
    """The results that this very engine gave: what others did shows nothing."""
    return [result for result in map(json.loads, lines) if result["engine"] == name]


def passed(lines: Sequence[str], engine: str) -> set[str]:
    """The scenarios whose last result with this engine is good."""
    last = {result["scenario"]: result["outcome"] for result in of_engine(lines, engine)}
    return {scenario for scenario, outcome in last.items() if outcome == "passed"}


class Record:
    """A plugin of pytest."""

    def __init__(self, file: Path, engine: str):
        self.file, self.engine = file, engine
        self.reports: list[pytest.TestReport] = []

    # Last, so that what `-m` leaves out is not reported as having passed before.
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        done = passed(self.file.read_text().splitlines(), self.engine) if self.file.exists() else set()
        out = [item for item in items if name_of(item.nodeid) in done]
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)
        print(f"{len(out)} have passed with engine {self.engine} before, {len(items)} are left")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.reports.append(report)
        if report.when == "teardown":
            self.keep(self.reports)
            self.reports = []

    def keep(self, reports: list[pytest.TestReport]) -> None:
        """One line for a scenario, with its setup and its end."""
        result = {
            "scenario": name_of(reports[0].nodeid),
            "engine": self.engine,
            "commit": commit(),
            "outcome": outcome([report.outcome for report in reports]),
            "seconds": round(sum(report.duration for report in reports)),
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        with self.file.open("a") as out:
            out.write(json.dumps(result, sort_keys=True) + "\n")


def outcome(of_phases: list[str]) -> str:
    return next((worse for worse in ("failed", "skipped") if worse in of_phases), "passed")


def name_of(node_id: str) -> str:
    """The same wherever pytest was called: "test_killed.py::test_…[confirmed]"."""
    path, _, test = node_id.partition("::")
    return f"{path.rpartition('/')[2]}::{test}"


def commit() -> str:
    return subprocess.check_output(["git", "describe", "--always", "--dirty"], cwd=FILE.parent, text=True).strip()
