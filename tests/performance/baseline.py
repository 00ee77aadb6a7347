#!/usr/bin/env python3
"""The figures of the house for one tree, the first commit's or today's: to keep, or to print beside those kept.

usage: ./lab exec python tests/performance/baseline.py [--tree PATH] [--only code,tests,start] [--bench]
                                                       [--write FILE] [--compare FILE]

Sections: `code` is counted in files, `tests` by pytest, which runs none; `start` times the node's command and `bench`
(minutes; only when asked for) the controller: both want a machine with nothing else to do, their load is kept beside
them. What FILE has of other sections stays in it, if it is of the same commit. The first commit is measured as
`git worktree add /tmp/first d07aaa0` has it, with --tree /tmp/first.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from performance.collected import test_figures  # noqa: E402
from performance.command_start import VERSIONS, interpreter, start_figures  # noqa: E402
from performance.sources import Figures, code_figures  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
SECTIONS = ("code", "tests", "start", "bench")
BENCHES = ("tests/performance/bench/controller.py", "tests/bench/controller.py")
HOSTS = "10,100"
FORKS = "25"


def bench_figures(tree: Path) -> Figures:
    """What a run costs the controller for each simulated node, by the tree's own bench."""
    script = next(tree / path for path in BENCHES if (tree / path).exists())
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "figures.json"
        command = [sys.executable, str(script), "--hosts", HOSTS, "--forks", FORKS, "--json", str(answer)]
        subprocess.run(command, check=True, cwd=tree, stdout=sys.stderr, stdin=subprocess.DEVNULL)
        return {
            "controller, for each node": {
                f"of {run['hosts']}": {
                    "processor s": round(run["cpu_s"] / run["hosts"], 3),
                    "of them in Ansible itself, s": round(run["own_s"] / run["hosts"], 3),
                    "requests": round(sum(run["requests"].values()) / run["hosts"], 1),
                    "whole run, s": round(run["seconds"]),
                    "memory, MiB": round(run["tree_kib"] / 1024),
                }
                for run in json.loads(answer.read_text(encoding="utf-8"))
            }
        }


def git(tree: Path, *words: str) -> str:
    """What git prints of a tree."""
    return subprocess.run(["git", "-C", str(tree), *words], check=True, capture_output=True, text=True).stdout.strip()


def machine() -> Figures:
    """What the figures were taken on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    pythons: Figures = {"this": platform.python_version()}
    for version in VERSIONS:
        python = interpreter(version)
        command = [python, "-c", "import platform; print(platform.python_version())"]
        pythons[version] = subprocess.check_output(command, text=True).strip() if python else None
    return {
        "processor": models[0] if models else platform.machine(),
        "processors": os.cpu_count(),
        "kernel": platform.release(),
        "Python": pythons,
    }


def measure(tree: Path, sections: list[str]) -> dict[str, Any]:
    """{commit, changed, sections: {name: {taken, load, machine, figures}}, names of tests}"""
    result: dict[str, Any] = {
        "commit": git(tree, "rev-parse", "HEAD"),
        "committed": git(tree, "log", "-1", "--format=%cI"),
        "changed": bool(git(tree, "status", "--porcelain")),
        "sections": {},
    }
    # Times first, while the machine is still calm: the other two keep a core busy.
    for section in sorted(sections, key=("start", "bench", "code", "tests").index):
        print(f"measuring: {section}", file=sys.stderr, flush=True)
        load = round(os.getloadavg()[0], 2)
        if section == "tests":
            figures, result["tests"] = test_figures(tree)
        else:
            figures = {"code": code_figures, "start": start_figures, "bench": bench_figures}[section](tree)
        taken = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        result["sections"][section] = {"taken": taken, "load": load, "machine": machine(), "figures": figures}
    return result


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The new result, with the sections of an old one that it lacks, if both are of one commit."""
    if old.get("commit") != new["commit"]:
        return new
    return {**old, **new, "sections": {**old["sections"], **new["sections"]}}


def flat(figures: Figures, before: str = "") -> Iterator[tuple[str, str]]:
    """(name, figure) of each, the names of what holds it before its own."""
    for name, figure in figures.items():
        if isinstance(figure, dict):
            yield from flat(figure, f"{before}{name}: ")
        else:
            yield before + name, "-" if figure is None else f"{figure:,}" if isinstance(figure, int) else str(figure)


def rows(then: dict[str, Any], today: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(name, then, today) of all figures, in the order of today's; what stands on one side only has a dash."""
    found: list[tuple[str, str, str]] = []
    for section in SECTIONS:
        old, new = (dict(flat(side["sections"].get(section, {}).get("figures", {}))) for side in (then, today))
        found += (
            [(name, old.get(name, "-"), new.get(name, "-")) for name in [*new, *(set(old) - set(new))]] if new else []
        )
    return found


def fewer(then: dict[str, int], today: dict[str, int]) -> list[str]:
    """Tests of which fewer are collected than then, by name."""
    return [f"{name}: {count} -> {today.get(name, 0)}" for name, count in then.items() if today.get(name, 0) < count]


def show(then: dict[str, Any], today: dict[str, Any]) -> None:
    """The table, and each test that is gone."""
    table = [
        ("", then["commit"][:12], today["commit"][:12] + (" and more" if today["changed"] else "")),
        *rows(then, today),
    ]
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    for name, old, new in table:
        print(f"{name:{widths[0]}}  {old:>{widths[1]}}  {new:>{widths[2]}}".rstrip())
    for section in SECTIONS:
        for side, result in (("then", then), ("today", today)):
            if load := result["sections"].get(section, {}).get("load", 0):
                print(f"{section}, {side}: load {load} as it began")
    if "tests" in then and "tests" in today:
        gone = fewer(then["tests"], today["tests"])
        print(f"\n{len(gone)} tests with fewer cases than then, or none", *gone, sep="\n  ")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, default=TOP)
    parser.add_argument("--only", default="code,tests,start", help="sections, with commas between them")
    parser.add_argument("--bench", action="store_true", help="the section bench, too")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--compare", type=Path)
    args = parser.parse_args()
    wanted = {*filter(None, args.only.split(",")), *(["bench"] if args.bench else [])}
    if unknown := wanted - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    result = measure(args.tree.resolve(), [section for section in SECTIONS if section in wanted])
    if args.write:
        if args.write.exists():
            result = merged(json.loads(args.write.read_text(encoding="utf-8")), result)
        args.write.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if args.compare:
        show(json.loads(args.compare.read_text(encoding="utf-8")), result)
    elif not args.write:
        print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
