"""Scenarios on the lab: run inside its environment, `./lab exec pytest -m ci tests/scenarios`, with the lab up."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "performance" / "measure")]

from faults import engine  # noqa: E402
from lab import host, ssh  # noqa: E402
from lab.cluster import Cluster  # noqa: E402
from lab.say import say  # noqa: E402
from node_state import read_state  # noqa: E402
from record import FILE, Record  # noqa: E402
from scenario import Scenario  # noqa: E402

# All nodes switched and finalized; `./lab test` leaves it to us, where it has just made it.
SWITCHED = "switched"
# What the nodes are like before anything, as this session saw them first: {"before", "pods_before"} of a Scenario.
UNTOUCHED: dict[str, dict] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    what = f"keep results in {FILE.name}, leave out what passed with this engine"
    parser.addoption("--record", action="store_true", help=what)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--record"):
        config.pluginmanager.register(Record(FILE, engine.digest()))
    config.addinivalue_line("markers", "ci: belongs to every test run")
    config.addinivalue_line("markers", "long: the worthiest of the rest; takes hours, only when named")
    config.addinivalue_line("markers", "cgroup_v1: wants the lab's profile of that name")
    config.addinivalue_line("markers", "three_nodes: wants the lab's profile three-nodes")
    config.addinivalue_line("markers", "all: every other kill there is; takes a night, only when named")


def restore() -> Cluster:
    cluster = Cluster.running()
    with host.lock():
        cluster.restore()
    cluster.wait_workloads(180)
    return cluster


def keep_untouched(scenario: Scenario) -> None:
    UNTOUCHED.update(before=scenario.before, pods_before=scenario.pods_before)


def finalized_by_this_engine(number: int) -> bool:
    """A snapshot may be of another day; today's engine is to revert what it has itself made."""
    there = ssh.run(number, f'python3 -c "{engine.DIGEST_THERE}"', check=False).split()
    phase = (read_state(number)["journal"] or {}).get("phase")
    return phase == "finalized" and there == [engine.digest()]


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
    keep_untouched(scenario)
    yield scenario
    scenario.close()


@pytest.fixture
def switched_lab(tmp_path: Path) -> Iterator[Scenario]:
    """All nodes on containerd, finalized; what they were like on Docker is remembered."""
    if not UNTOUCHED:
        untouched = Scenario(restore(), tmp_path)
        untouched.read_all()
        keep_untouched(untouched)
    cluster = Cluster.running()
    scenario = Scenario(cluster, tmp_path)
    if SWITCHED in cluster.snapshots():
        with host.lock():
            cluster.restore(SWITCHED)
    if not all(finalized_by_this_engine(number) for number in cluster.numbers):
        say(f"no snapshot {SWITCHED!r} of this engine's work: switching all nodes (usually 8 min)")
        restore()
        run = scenario.play("switch-runtime.yml")
        assert run.code == 0, f"no switched cluster to begin with: {run.failures()}"
        with host.lock():
            cluster.snapshot(SWITCHED)
    cluster.wait_workloads(180)
    scenario.before.update(UNTOUCHED["before"])
    scenario.pods_before.update(UNTOUCHED["pods_before"])
    scenario.observe()
    yield scenario
    scenario.close()
