#!/usr/bin/env python3
"""Measures runs of the playbook on the lab: `measure.py reset`, then around each run `begin` and `end`.

Works inside and outside of `./lab exec`. Figures are kept in the lab's cache, in measure/; summary.py prints them.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / "tests"), str(HERE)]

from executions import executions  # noqa: E402
from lab import host, netns, procs, ssh, switch  # noqa: E402
from lab.cluster import Cluster  # noqa: E402
from lab.paths import cache_dir  # noqa: E402
from lab.say import LabError  # noqa: E402
from observer import entries, node_changes, unschedulable_seconds, window  # noqa: E402

OBSERVER = "measure-observer"
STATUS = "test -e /var/lib/cri-switchover/engine.zip && /var/lib/cri-switchover/cri-switchover status --json || true"


def home() -> Path:
    return cache_dir() / "measure"


def runs() -> list[Path]:
    return sorted(home().glob("run-*.json"))


def start_observer(output: Path) -> None:
    procs.stop(OBSERVER)
    output.unlink(missing_ok=True)
    python = str(host.venv() / "bin" / "python")
    script = str(HERE / "observer.py")
    procs.start(OBSERVER, netns.inside([python, script, str(output)]), env=switch.environment(Cluster.running()))
    deadline = time.monotonic() + 30
    while not output.exists() or len(node_changes(entries(output), "node1")) == 0:
        if time.monotonic() > deadline:
            raise LabError(f"the observer sees no node: {procs.tail(OBSERVER)}")
        time.sleep(0.1)


def stop_observer() -> None:
    procs.stop(OBSERVER)


def engine_status(number: int) -> dict:
    text = ssh.run(number, STATUS)
    return json.loads(text) if text.strip() else {}


def reset() -> None:
    stop_observer()
    home().mkdir(parents=True, exist_ok=True)
    for path in [*runs(), *home().glob("observed-*.jsonl"), *home().glob("manual.json")]:
        path.unlink()


def begin() -> None:
    home().mkdir(parents=True, exist_ok=True)
    number = len(runs()) + 1
    start_observer(home() / f"observed-{number}.jsonl")
    (home() / f"run-{number}.json").write_text(json.dumps({"began": time.time()}))


def end() -> None:
    path = runs()[-1]
    run = json.loads(path.read_text())
    run["ended"] = time.time()
    stop_observer()
    cluster = Cluster.running()
    seen = entries(home() / f"observed-{len(runs())}.jsonl")
    run["profile"], run["nodes"] = cluster.profile.name, {}
    for number in cluster.numbers:
        run["nodes"][f"node{number}"] = figures(number, run, seen)
    path.write_text(json.dumps(run, indent=1))


def figures(number: int, run: dict, seen: list[dict]) -> dict:
    name = f"node{number}"
    done = [e for e in executions(number, run["began"]) if e.at <= run["ended"] + 1]
    span = window(seen, name)
    inside = [e for e in done if span and span["cordoned"] <= e.at <= span["uncordoned"]]
    return {
        "executions": [asdict(e) for e in done],
        "executions_window": [asdict(e) for e in inside],
        "unschedulable_s": unschedulable_seconds(seen, name, run["ended"]),
        "window": span,
        "after_drain_s": span["uncordoned"] - span["drained"] if span else None,
        "changes": node_changes(seen, name),
        "engine": engine_status(number) if span else {},
    }


def main() -> int:
    commands = {"reset": reset, "begin": begin, "end": end}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        print(__doc__)
        return 2
    try:
        commands[sys.argv[1]]()
    except LabError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
