"""The fault matrix is complete by construction: every step of the engine has its cases, whatever its name."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from faults import drive, engine, environ, matrix, record
from faults.fault_cases import AWAY, EARLY, OUTCOMES, WRONG, effects_of, generate, interleaved, places, spread

STEPS = {
    "switch": ["first", "arm_watchdog", "new_step"],
    "revert": ["revert_check_source", "revert_files", "revert_new"],
}


@pytest.mark.parametrize(
    "count,most,numbers",
    [
        (0, 4, []),
        (1, 4, [1]),
        (4, 4, [1, 2, 3, 4]),
        (9, 3, [1, 5, 9]),
        (100, 2, [1, 100]),
        (5, 4, [1, 2, 4, 5]),
    ],
)
def test_spread(count, most, numbers):
    assert spread(count, most) == numbers


def test_every_step_is_killed_cut_and_failed_before_in_and_after():
    cases = generate(STEPS, {"new_step": 3, "revert_new": 1})
    names = {p.name for p in cases}
    assert len(names) == len(cases)
    for step, k in (("new_step", 3), ("revert_new", 1)):
        for act in ("kill", "cut", "fail"):
            for place in ("before", "begun", "in-1-before", f"in-{k}-after", "after", "journal-before"):
                assert f"{act}/{step}/{place}" in names
    assert {"torn/new_step/journal", "hang/new_step", "boot-kill/revert_files/before"} <= names
    assert "hang/first" not in names, "no watchdog guards a step before it is armed"
    assert not any("in-" in name for name in names if "/first/" in name)


def test_levels_nest_and_the_usual_one_is_inside_of_every_step():
    for effects in (1, 2, 7):
        level = {name: number for number, name, _ in places("x", effects)}
        assert level["before"] == 1
        assert [n for n, v in level.items() if v == 1 and n.startswith("in-")]
        assert set(level.values()) == {1, 2, 3}


def test_fault_cases_of_the_revert_first_make_it_begin():
    for case in generate(STEPS, {"revert_files": 1}):
        if "/revert_" in case.name and not case.name.startswith("boot-"):
            # a step that nobody knows yet is tried where all has been done
            late = case.name.split("/")[1] in ("revert_check_source", "revert_files", "revert_new")
            assert case.faults[0] == (AWAY if late else EARLY)
        if case.name.startswith("boot-"):
            assert [fault.get("boot", 0) for fault in case.faults] == [0, 1]


def test_a_fault_case_may_never_end_wrong_and_only_unguarded_steps_may_need_help():
    for case in [*generate(STEPS, {"new_step": 2}), *environ.NAMED]:
        assert case.outcomes and set(case.outcomes) <= set(OUTCOMES) - {WRONG}
        if case.asked and case.kind in ("engine killed", "step fails"):
            raise AssertionError(case.name)
    assert not [p for p in generate(STEPS, {"new_step": 2}) if p.asked and p.name.startswith("cut/new_step")]


def test_every_fault_case_has_its_drive():
    for case in [*generate(STEPS, {}), *environ.NAMED]:
        assert case.drive in environ.DRIVES


def test_order_is_by_level_and_a_fair_sample_of_kinds():
    cases = interleaved([*generate(STEPS, {"new_step": 5}), *environ.NAMED])
    assert [p.level for p in cases] == sorted(p.level for p in cases)
    assert len(cases) == len({p.name for p in cases})
    firsts = {p.kind for p in cases[:12]}
    assert len(firsts) >= 5


def test_effects_are_counted_from_a_trace():
    trace = [
        {"step": "a", "at": "begun", "k": None},
        {"step": "a", "at": "effect", "k": 1},
        {"step": "a", "at": "effect", "k": 2},
        {"step": "b", "at": "effect", "k": 1},
    ]
    assert effects_of(trace) == {"a": 2, "b": 1}


def test_the_short_selection_exists_in_the_engine_of_today():
    steps = engine.steps()
    assert set(steps) == {"switch", "revert"}
    cases = matrix.all_cases({step: 3 for names in steps.values() for step in names})
    args = matrix.arguments(["--short"])
    assert len(matrix.selected(cases, args)) == len(matrix.SHORT)
    assert len(matrix.selected(matrix.all_cases(matrix.known_effects(args.short)), args)) == len(matrix.SHORT)


def test_only_takes_patterns():
    cases = matrix.all_cases({})
    chosen = matrix.selected(cases, matrix.arguments(["--only", "kill/stop_*", "--only", "env/two-runs"]))
    assert {p.name.split("/")[1] for p in chosen} == {"stop_kubelet", "stop_pods", "two-runs"}


# ---- the injector, on the engine as a node has it --------------------------------------------------------------------

PROGRAM = """
import json, os, sys
sys.path[:0] = [{engine!r}, {node!r}]
from engine.journal import Journal, new_journal
from engine.machine import Engine
from engine.names import STATE
from engine.node import Node
from engine.store import Store
import inject
assert "engine.zip" in sys.modules[Node.__module__].__file__
inject.HOME, inject.RUN, inject.CONSOLE = {home!r}, {run!r}, {console!r}
inject.install()
node = Node({root!r})
os.makedirs({root!r} + STATE)
store = Store(node)
plan = dict(kubelet=dict(unit="kubelet.service"), crictl="crictl", to=dict(socket="", service="containerd.service"),
            run_id="r", node_name="n", tool_version="1", owner="h", config_digest="d", settings=dict())
plan["from"] = dict(name="docker")
journal = Journal(new_journal(plan, 0), phase="switching")
e = Engine(node, store, plan, journal)
def my_step(e):
    node.write("/a", b"12345678")
    node.run(["true"])
    node.run(["systemctl", "show", "x"], check=False)
    node.remove("/a")
def my_next(e): pass
try:
    e.perform(my_step, 10); e.perform(my_next, 10)
except Exception as exc:
    print(type(exc).__name__, exc)
print([(s["name"], s["outcome"]) for s in journal["steps"]], os.path.exists(node.path("/a")))
"""


def inject(tmp_path: Path, *faults: dict) -> tuple[subprocess.CompletedProcess, list[tuple]]:
    home, run = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    (tmp_path / "engine.zip").write_bytes(engine.member("archive").build())
    (home / "case.json").write_text(json.dumps({"faults": faults}))
    program = PROGRAM.format(
        node=str(Path(matrix.__file__).parent / "node"),
        engine=str(tmp_path / "engine.zip"),
        home=str(home),
        run=str(run),
        console=str(tmp_path / "console"),
        root=str(tmp_path / "root"),
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in (run / "trace").read_text().splitlines()]
    return done, [(line["step"], line["at"], line["side"], line["k"]) for line in lines]


def test_a_run_without_fault_passes_all_places(tmp_path):
    done, trace = inject(tmp_path)
    assert "[('my_step', 'ok'), ('my_next', 'ok')] False" in done.stdout, done.stderr
    effects = [entry for entry in trace if entry[1] == "effect"]
    # a command that only reads, as `systemctl show`, has no effect
    assert effects == [("my_step", "effect", side, k) for k in (1, 2, 3) for side in ("before", "after")]
    assert [entry[:3] for entry in trace if entry[1] != "effect"] == [
        (step, *place)
        for step in ("my_step", "my_next")
        for place in (("before", None), ("journal", "before"), ("journal", "after"), ("begun", None), ("after", None))
    ]


@pytest.mark.parametrize(
    "place,says,there",
    [
        ({"at": "before"}, "Failure CRI-TEST-FAULT", False),
        ({"at": "journal", "side": "before"}, "Failure CRI-CUTOVER-JOURNAL", False),
        ({"at": "effect", "k": 1, "side": "before"}, "OSError", False),
        ({"at": "effect", "k": 1, "side": "after"}, "OSError", True),
        ({"at": "effect", "k": 2, "side": "after"}, "Failure CRI-COMMAND-FAILED", True),
        ({"at": "after"}, "Failure CRI-TEST-FAULT", False),
    ],
)
def test_it_fails_where_it_is_asked_to(tmp_path, place, says, there):
    done, _ = inject(tmp_path, {"step": "my_step", "act": "fail", **place})
    assert says in done.stdout, done.stdout + done.stderr
    assert done.stdout.strip().endswith(str(there))


def test_it_kills(tmp_path):
    done, trace = inject(tmp_path, {"step": "my_step", "at": "effect", "k": 2, "side": "before", "act": "kill"})
    assert done.returncode == -9
    assert trace[-1] == ("my_step", "effect", "before", 2)
    assert (tmp_path / "root/a").read_bytes() == b"12345678"
    assert (tmp_path / "run/spent-0").exists()


def test_a_fault_of_the_next_boot_waits_for_it(tmp_path):
    done, _ = inject(tmp_path, {"step": "my_step", "at": "before", "act": "kill", "boot": 1})
    assert done.returncode == 0


# ---- all of it, as it lies on a node ------------------------------------------------------------

STEP = """
import os
from engine import switch_steps
from engine.journal import Journal, new_journal
from engine.machine import Engine
from engine.node import Node
from engine.store import Store

def stop_one(work):
    work.docker.stop("abc", 1)

node = Node({root!r})
plan = dict(kubelet=dict(unit="kubelet.service"), crictl="crictl", to=dict(socket="", service="containerd.service"),
            run_id="r", node_name="n", tool_version="1", owner="h", config_digest="d", settings=dict())
plan["from"] = dict(name="docker")
os.makedirs(node.path("/run"), exist_ok=True)
journal = Journal(new_journal(plan, 0), phase="switching")
Engine(node, Store(node), plan, journal).perform({step}, 10)
"""


def uploaded(tmp_path: Path, *faults: dict) -> Path:
    """A node's root as an upload and the node's own preparation leave it; only the places are below this folder."""
    for path, text in drive.programs().items():
        if "/engine/" not in path:
            for place in (drive.HOME, drive.STATE, "/run/cri-faults"):
                text = text.replace(f'"{place}', f'"{tmp_path}{place}')
        file = tmp_path / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    home = tmp_path / drive.HOME[1:]
    (tmp_path / "run").mkdir()
    (home / "case.json").write_text(json.dumps({"faults": faults}))
    subprocess.run([sys.executable, home / "build.py", tmp_path], check=True)
    return home


def test_the_command_beside_a_fault_is_the_engines_own(tmp_path):
    home = uploaded(tmp_path)
    done = subprocess.run([sys.executable, "-IS", home / "launcher.py", "steps"], capture_output=True, text=True)
    assert json.loads(done.stdout) == engine.steps(), done.stderr


@pytest.mark.parametrize(
    "step,k,side,effect,there",
    [
        ("switch_steps.enable_recovery", 1, "before", "write", (False, False)),
        ("switch_steps.enable_recovery", 2, "before", "link", (True, False)),
        ("switch_steps.enable_recovery", 2, "after", "link", (True, True)),
        ("stop_one", 1, "before", "docker POST", (False, False)),
    ],
)
def test_a_kill_ends_a_step_of_the_uploaded_engine(tmp_path, step, k, side, effect, there):
    name = step.rpartition(".")[2]
    home = uploaded(tmp_path, {"step": name, "at": "effect", "k": k, "side": side, "act": "kill"})
    program = (home / "launcher.py").read_text().replace("sys.exit(cli.main())", "")
    program += STEP.format(root=str(tmp_path), step=step)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    system = tmp_path / "etc/systemd/system"
    unit = system / "cri-switchover-recover.service"
    assert (unit.exists(), (system / "multi-user.target.wants" / unit.name).is_symlink()) == there
    last = json.loads((tmp_path / "run/cri-faults/trace").read_text().splitlines()[-1])
    assert (last["step"], last["at"], last["k"], last["side"]) == (name, "effect", k, side)
    assert (
        last["name"] == {1: f"write /{unit.relative_to(tmp_path)}", 2: last["name"]}[k] or "docker POST" in last["name"]
    )


def test_only_what_this_engine_did_is_gone_on_with(tmp_path, monkeypatch):
    file = tmp_path / "record.csv"
    monkeypatch.setattr(record, "FILE", file)
    monkeypatch.setattr(engine, "digest", lambda: "new")
    for name, of in (("a", "new"), ("kill/stop_pods/in-7-after", "old"), ("env/disk-full-journal", "new")):
        record.append(file, {"point": name, "engine": of, "outcome": "reverted", "asked": name == "a", "seconds": 9.6})
    args = matrix.arguments(["--record"])
    assert args.go_on and args.also == []
    seen = matrix.kept(args)
    assert [(row["point"], row["asked"], row["seconds"]) for row in seen] == [
        ("a", True, 10.0),
        ("env/disk-full-journal", False, 10.0),
    ]
    assert [row["kind"] for row in matrix.kept(matrix.arguments(["--record", "--also", "old"]))] == [
        "of an earlier engine",
        "engine killed",
        "environment",
    ]


def test_results_in_the_cache_are_kept_when_they_are_asked_for(tmp_path, monkeypatch):
    file = tmp_path / "results.jsonl"
    monkeypatch.setattr(engine, "digest", lambda: "new")
    lines = [json.dumps({"point": name, "engine": of}) for name, of in (("a", "new"), ("b", "old"))]
    file.write_text("\n".join(lines))
    assert [row["point"] for row in matrix.kept(matrix.arguments(["--continue", "--json", str(file)]))] == ["a"]
    assert matrix.kept(matrix.arguments(["--json", str(file)])) == []


def test_the_record_of_the_repository_is_whole():
    engines = {row["engine"] for row in csv.DictReader(record.FILE.open())}
    rows = record.read(record.FILE, sorted(engines))
    assert len(rows) >= 499 and all(row["seconds"] >= 0 and row["point"] and row["outcome"] for row in rows)
