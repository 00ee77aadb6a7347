"""Scenarios on the lab: run inside its environment, `./lab exec pytest -m ci tests/scenarios`, with the lab up."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "measure")]

from lab import host  # noqa: E402
from lab.cluster import Cluster  # noqa: E402
from scenario import Scenario  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ci: belongs to every test run")
    config.addinivalue_line("markers", "long: the worthiest of the rest; takes hours, only when named")
    config.addinivalue_line("markers", "all: every other point there is; takes a night, only when named")


def restore() -> Cluster:
    cluster = Cluster.running()
    with host.lock():
        cluster.restore()
    cluster.wait_workloads(180)
    return cluster


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Scenario]:
    """The untouched dockershim cluster. Call remember() when the scenario's own preparations are done."""
    scenario = Scenario(restore(), tmp_path)
    yield scenario
    scenario.close()


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """One untouched cluster for all tests of a module: for those that must not change anything."""
    scenario = Scenario(restore(), tmp_path_factory.mktemp("shared"))
    scenario.remember()
    yield scenario
    scenario.close()
