"""Which tests a tree has: as its own pytest collects them, and the cases of its fault matrix. None is run."""

from __future__ import annotations

import collections
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from performance.sources import Figures, area_of, files_of, is_test

# Places inside a step are counted by a trace of a real switch: without one, so that it is the same everywhere.
# An older tree has another name for the same function.
FAULT_CASES = (
    "import faults.matrix as of; print(len((of.all_cases if hasattr(of, 'all_cases') else of.all_points)({})))"
)


def roots(files: Iterable[str]) -> dict[str, str]:
    """{part: folder to give to pytest} of what holds tests."""
    folders: dict[str, set[str]] = collections.defaultdict(set)
    for path in files:
        if is_test(path) and Path(path).name.startswith("test_") and path.endswith(".py"):
            folders[area_of(path)].add(os.path.dirname(path))
    return {part: os.path.commonpath(sorted(found)) for part, found in sorted(folders.items())}


def by_name(printed: str) -> dict[str, int]:
    """{name: how many}, whatever file they stand in: files move. The cases of one test are counted together."""
    found = [line for line in printed.splitlines() if "::" in line and not line.startswith(("ERROR", " "))]
    return dict(sorted(collections.Counter(line.partition("::")[2].partition("[")[0] for line in found).items()))


def call(tree: Path, *command: str) -> str:
    """What a program of this interpreter prints in a tree."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree / "tests")}
    done = subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise RuntimeError(f"{command} in {tree}: exit code {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def test_figures(tree: Path) -> tuple[Figures, dict[str, int]]:
    """(tests by part, {name: how many}). Molecule's count once: on a lab, each runs on each node."""
    figures: Figures = {}
    names: collections.Counter[str] = collections.Counter()
    for part, folder in roots(files_of(tree)).items():
        # The verbosity is set, not changed: at -1 pytest prints one line for each test.
        words = ("--collect-only", "--verbosity=-1", "-p", "no:cacheprovider")
        found = by_name(call(tree, "-m", "pytest", *words, folder))
        figures[part] = sum(found.values())
        names.update(found)
    figures["all"] = sum(names.values())
    figures["fault cases, none inside a step"] = int(call(tree, "-c", FAULT_CASES))
    return {"collected": figures}, dict(sorted(names.items()))
