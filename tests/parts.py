"""The parts of `./lab test`: what each takes, how long, and what it calls. The fast ones come first."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from lab.paths import cache_dir

TOP = Path(__file__).resolve().parent.parent
LAB = str(TOP / "lab")
# What a part takes, from the least to the most: each is a name for all parts that take it, too.
PYTHON, ANSIBLE, API_SERVER, NODES = "python", "ansible", "api-server", "nodes"


@dataclasses.dataclass(frozen=True)
class Part:
    name: str
    takes: str
    usually: str
    commands: list[list[str]]
    long: bool = False
    after: str = ""  # a part without which this one shows nothing


def molecule(scenario: str) -> list[list[str]]:
    # Reset first: Molecule would believe of a run that was interrupted that the nodes are prepared already.
    return [[LAB, "exec", "molecule", action, "-s", scenario] for action in ("reset", "test")]


def manual_baseline(target: str) -> list[list[str]]:
    return [
        [LAB, "exec", sys.executable, "tests/performance/manual/manual.py", "--target", target],
        [sys.executable, "tests/performance/measure/summary.py"],
    ]


def scenarios(marker: str, *options: str) -> list[str]:
    return [LAB, "exec", "pytest", "-m", marker, *options, "tests/scenarios"]


def up(profile: str) -> list[str]:
    # Whatever state the lab was left in, a part begins with the untouched cluster.
    return [LAB, "--profile", profile, "up", "--restore"]


LINT = [
    ["ruff", "check", "--quiet", "."],
    ["ruff", "format", "--check", "--quiet", "."],
    [sys.executable, "tests/typecheck.py"],
    ["yamllint", "--strict", "."],
    # Of a home of its own: Molecule leaves a copy of the collection in the usual one, and that would be read.
    ["env", f"ANSIBLE_HOME={cache_dir() / 'lint-home'}", "ansible-lint", "--offline", "-q"],
    ["antsibull-changelog", "lint"],
    ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "all", "."],
]

PARTS = [
    Part("lint", PYTHON, "2 min", LINT),
    Part("unit", PYTHON, "2 min", [["pytest", "tests/unit"], [sys.executable, "tests/old_python.py"]]),
    Part("playbooks", ANSIBLE, "6 min", [["pytest", "-m", "not long", "tests/playbooks"]]),
    Part("build", ANSIBLE, "30 s", [[sys.executable, "tests/build.py"]]),
    Part("sanity", ANSIBLE, "2 min", [[sys.executable, "tests/sanity.py"]]),
    Part("lab", NODES, "12 min cold, 1 min warm", [up("default")]),
    Part("api", API_SERVER, "7 min", [[LAB, "exec", "pytest", "tests/api"]], after="lab"),
    # Its end is where a revert begins: kept for the scenarios, which would have to switch all nodes again.
    Part("default", NODES, "18 min", [*molecule("default"), [LAB, "snapshot", "switched"]], after="lab"),
    Part("budget", PYTHON, "1 s", [[sys.executable, "tests/performance/measure/summary.py"]], after="default"),
    Part("scenarios", NODES, "14 min", [scenarios("ci", "--durations=0")], after="lab"),
    Part("faults", NODES, "11 min", [[LAB, "faults", "--short", "--fresh"]], after="lab"),
    # CRI-O's build from a cold cache would take a run of all parts too near to its 90 minutes.
    Part(
        "crio",
        NODES,
        "26 min, cold 5 min more",
        [[LAB, "serve", "repo-crio"], *molecule("crio")],
        long=True,
        after="lab",
    ),
    # Beside the figures of the run before it.
    Part("manual-baseline-crio", NODES, "8 min", manual_baseline("crio"), long=True, after="crio"),
    Part(
        "handlers", NODES, "18 min", [[LAB, "serve", "gvisor"], *molecule("runtime_handlers")], long=True, after="lab"
    ),
    Part("manual-baseline", NODES, "6 min", manual_baseline("containerd"), long=True, after="default"),
    Part("scenarios-long", NODES, "4 h", [[LAB, "serve", "repo-crio"], scenarios("long")], long=True, after="lab"),
    Part("scenarios-all", NODES, "5 h", [scenarios("all")], long=True, after="lab"),
    Part("faults-all", NODES, "4 h", [[LAB, "faults", "--fresh"]], long=True, after="lab"),
    Part(
        "performance-drain",
        API_SERVER,
        "8 min",
        [[LAB, "exec", sys.executable, "tests/performance/bench/drain.py"]],
        long=True,
        after="lab",
    ),
    Part("playbooks-long", ANSIBLE, "15 min", [["pytest", "-m", "long", "tests/playbooks"]], long=True),
    Part("versions", NODES, "10 min", [[sys.executable, "tests/versions.py"]], long=True),
    # These three leave the lab on their own profile, so they come last.
    Part("three-nodes", NODES, "30 min", [up("three-nodes"), scenarios("three_nodes", "-s")], long=True),
    Part("cgroup-v2", NODES, "50 min", [up("cgroup-v1"), *molecule("cgroup_v2"), scenarios("cgroup_v1")], long=True),
    Part(
        "cri-dockerd",
        NODES,
        "19 min",
        [up("cri-dockerd"), [LAB, "serve", "repo-crio"], *molecule("cri_dockerd")],
        long=True,
    ),
]


def chosen(names: list[str]) -> set[str]:
    """The parts to run: those named, or that take what is named; without a name all but the long ones."""
    if not names:
        return {part.name for part in PARTS if not part.long}
    found = {part.name for part in PARTS if part.name in names or (part.takes in names and not part.long)}
    if any(part.after == "lab" for part in PARTS if part.name in found):
        found.add("lab")
    return found


def unknown(names: list[str]) -> list[str]:
    return sorted(set(names) - {part.name for part in PARTS} - {part.takes for part in PARTS})
