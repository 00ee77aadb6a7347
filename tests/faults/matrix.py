"""The whole fault matrix: a drained and staged cluster, both nodes at work on different cases.

Results are kept as they come.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import json
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lab import host
from lab.cluster import Cluster
from lab.paths import cache_dir
from lab.say import LabError, say, step
from lab.switch import play

from . import engine, environ, record, table
from .drive import Driver
from .fault_cases import LAST, WRONG, FaultCase, effects_of, generate, interleaved

SNAPSHOT = "faults"
# How gently they go is shown elsewhere.
DRAIN = (
    "drain",
    "--ignore-daemonsets",
    "--delete-emptydir-data",
    "--force",
    "--disable-eviction",
    "--grace-period=1",
    "--timeout=180s",
)
# The worthiest, the longest first for two nodes' sake: names, of which the first that matches counts.
SHORT = (
    "env/docker-refuses-on-revert",
    "env/confirm-at-expiry-1.0",
    "cut/stop_pods/in-*",
    "kill/revert_files/in-*",
    "env/disk-full-journal",
    "kill/write_target/in-*",
)


def trace_file() -> Path:
    return cache_dir() / "faults" / f"effects-{engine.digest()}.json"


def known_effects(short: bool) -> dict[str, int]:
    """How many effects each step has. For the short run it is enough that those it goes into have one."""
    path = trace_file()
    if short:
        return {pattern.split("/")[1]: 1 for pattern in SHORT if "/in-" in pattern}
    return json.loads(path.read_text()) if path.exists() else {}


def selected(cases: list[FaultCase], args: argparse.Namespace) -> list[FaultCase]:
    if args.short:
        found = []
        for pattern in SHORT:
            found += [p for p in cases if fnmatch.fnmatch(p.name, pattern)][:1]
        return found
    if args.only:
        return [p for p in cases if any(fnmatch.fnmatch(p.name, pattern) for pattern in args.only)]
    return [p for p in cases if p.level <= args.level]


def all_cases(effects: dict[str, int]) -> list[FaultCase]:
    return interleaved([*environ.NAMED, *generate(engine.steps(), effects)])


class Matrix:
    def __init__(self, cluster: Cluster, args: argparse.Namespace):
        self.cluster, self.args, self.file = cluster, args, args.json or results_file()
        self.engine = engine.digest()
        self.lock = threading.Lock()
        self.results: list[dict] = []
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.results = kept(args)
        if not args.go_on:
            self.file.write_text("")
        self.pending: list[FaultCase] = []
        self.begun: set[str] = set()
        self.tried = 0
        self.began = time.monotonic()

    # ---- the starting point --------------------------------------------------------------------------------------

    def stage(self) -> None:
        names = [f"node{n}" for n in self.cluster.numbers]
        if SNAPSHOT not in self.cluster.snapshots() or self.args.fresh:
            self.cluster.restore()
            self.cluster.wait_workloads(240)
            with step("draining all nodes: what is static or of a DaemonSet stays", "2 min"):
                self.cluster.kubectl(*DRAIN, *names, timeout=240)
                self.hurry()
            if play(self.cluster, ["playbooks/stage.yml"]):
                raise LabError("staging failed")
            self.cluster.snapshot(SNAPSHOT)
        else:
            self.cluster.restore(SNAPSHOT)

    def hurry(self) -> None:
        """Pods that end at once: their grace is not what is tried here, and every fault case would wait for it."""
        sets = (("shop", "edge"), ("kube-system", "cni-agent"))
        change = json.dumps(
            {
                "spec": {
                    "updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}},
                    "template": {"spec": {"terminationGracePeriodSeconds": 1}},
                }
            }
        )
        for namespace, name in sets:
            self.cluster.kubectl("-n", namespace, "patch", "daemonset", name, "-p", change)
        for namespace, name in sets:
            self.cluster.kubectl("-n", namespace, "rollout", "status", "daemonset", name, "--timeout=180s", timeout=200)

    def drivers(self) -> list[Driver]:
        numbers = [self.args.node] if self.args.node else list(self.cluster.numbers)
        made = []
        for number in numbers:
            driver = Driver(self.cluster, number, SNAPSHOT, cache_dir() / "faults" / "evidence")
            driver.upload()
            driver.learn()
            made.append(driver)
        return made

    def trace(self, driver: Driver) -> None:
        """One switch that fails at its very end, and its revert: how many effects each step has."""
        say("counting the effects of each step by a switch that fails at its end (usually 2 min)")
        case = FaultCase("fail/start_kubelet/after", "step fails", 2, ("reverted",), (LAST,))
        result = self.attempt(driver, case)
        effects: dict[str, int] = {}
        with contextlib.suppress(LabError):
            effects = effects_of(driver.trace())
        self.clear_up(driver, case, result)
        trace_file().parent.mkdir(parents=True, exist_ok=True)
        trace_file().write_text(json.dumps(effects, indent=1, sort_keys=True))
        self.plan()

    def plan(self) -> None:
        """What is still to be tried."""
        with self.lock:
            done = {r["point"] for r in self.results if r["outcome"] != WRONG or not self.args.again} | self.begun
            cases = selected(all_cases(known_effects(self.args.short)), self.args)
            self.pending = [p for p in cases if p.name not in done]

    # ---- the work ------------------------------------------------------------------------------------------------

    def run(self) -> int:
        self.stage()
        drivers = self.drivers()
        self.plan()
        self.began = time.monotonic()
        say(f"{len(self.pending)} fault cases on {len(drivers)} nodes, engine {self.engine}; results in {self.file}")
        threads = [threading.Thread(target=self.work, args=(driver, driver is drivers[0])) for driver in drivers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.verdict()

    def next(self) -> FaultCase | None:
        with self.lock:
            late = self.args.minutes and time.monotonic() - self.began > self.args.minutes * 60
            if late or not self.pending:
                return None
            case = self.pending.pop(0)
            self.begun.add(case.name)
            return case

    def work(self, driver: Driver, first: bool) -> None:
        if first and not known_effects(self.args.short):
            self.trace(driver)
        while (case := self.next()) is not None:
            self.clear_up(driver, case, self.attempt(driver, case))

    def attempt(self, driver: Driver, case: FaultCase) -> dict:
        result = driver.attempt(case, environ.DRIVES[case.drive])
        self.note(result)
        return result

    def clear_up(self, driver: Driver, case: FaultCase, result: dict) -> None:
        """The node is as it was staged again, where a case has left anything else."""
        if result["outcome"] == WRONG or case.options.get("spoils"):
            self.restore(driver)

    def restore(self, driver: Driver) -> None:
        for patience in range(3):
            try:
                driver.restore()
                driver.begin()
                driver.check_docker("staged")
                return
            except Exception as error:
                say(f"node{driver.number} is not itself after its restore, trying again: {error}")
                time.sleep(10 * patience)
        say(f"node{driver.number} is given up")
        raise LabError(f"node{driver.number} cannot be restored")

    def note(self, result: dict) -> None:
        with self.lock:
            result = {**result, "engine": self.engine, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
            self.results.append(result)
            with self.file.open("a") as out:
                out.write(json.dumps(result, sort_keys=True) + "\n")
            if self.args.record:
                record.append(record.FILE, result)
            self.tried += 1
            tried, total = self.tried, self.tried + len(self.pending)
            each = (time.monotonic() - self.began) / tried
            shown = result["complaint"] or "; ".join(result["notes"])
            say(
                f"{tried}/{total} {result['point']}: {result['outcome']} in {result['seconds']:.0f} s"
                f"{', ' + shown[:300] if shown else ''} (about {each * len(self.pending) / 60:.0f} min left)"
            )

    def verdict(self) -> int:
        bad = show(self.results)
        lost = sorted(self.begun - {result["point"] for result in self.results})
        for name in lost:
            print(f"NO RESULT {name}: the driver of its node ended first")
        # Asked for no more than fit into so many minutes, what did not fit is no failure.
        untried = bool(self.pending) and not self.args.minutes
        if self.pending:
            print(f"not tried: {len(self.pending)} fault cases; --continue goes on with them")
        print(f"{len(self.results)} results in {record.FILE if self.args.record else self.file}")
        return 1 if bad or lost or untried else 0


def results_file() -> Path:
    return cache_dir() / "faults" / "results.jsonl"


def kept(args: argparse.Namespace) -> list[dict]:
    """What this very engine did before, or one that is named: what others did shows nothing."""
    engines = [engine.digest(), *args.also]
    if args.record:
        kinds = kind_by_name()
        return [{**row, "kind": kinds(row["point"])} for row in record.read(record.FILE, engines)]
    file = args.json or results_file()
    if not (args.go_on or args.table) or not file.exists():
        return []
    return [result for result in map(json.loads, file.read_text().splitlines()) if result["engine"] in engines]


def kind_by_name() -> Callable[[str], str]:
    """The kind of a fault case on record. One inside a step, which only a traced engine lists, is of its step's."""
    cases = all_cases(known_effects(short=False))
    exact = {case.name: case.kind for case in cases}
    by_step = {tuple(case.name.split("/")[:2]): case.kind for case in cases}
    return lambda name: exact.get(name) or by_step.get(tuple(name.split("/")[:2]), "of an earlier engine")


def show(results: list[dict]) -> list[dict]:
    """The table, and what is wrong."""
    if not results:
        raise LabError("nothing was tried")
    print("\n" + table.text(results))
    bad = table.wrong(results)
    for result in bad:
        # The record in the repository has no more than the name of the case.
        evidence = f" ({result['node']}, {result['run_id']}): {result['complaint']}" if "node" in result else ""
        print(f"WRONG {result['point']}{evidence}")
    return bad


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./lab faults", description=__doc__)
    parser.add_argument("--list", action="store_true", help="list the fault cases, do nothing")
    parser.add_argument("--table", action="store_true", help="show the results that are there, do nothing")
    parser.add_argument(
        "--only", action="append", metavar="PATTERN", help="fault cases whose name matches, as in a shell"
    )
    parser.add_argument("--short", action="store_true", help="half a dozen of the worthiest, some ten minutes")
    parser.add_argument("--level", type=int, default=2, choices=(1, 2, 3), help="1 few, 2 usual (default), 3 all")
    parser.add_argument("--node", type=int, help="this node only")
    parser.add_argument("--minutes", type=float, help="begin no fault case after so many minutes")
    parser.add_argument("--continue", dest="go_on", action="store_true", help="keep the results, try the rest")
    parser.add_argument(
        "--record",
        action="store_true",
        help="--continue with what is kept in the repository: the fault matrix takes longer than one session",
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="ENGINE",
        help="results of this one count, too: "
        "what has changed since does not concern them; those it does concern are tried with --only",
    )
    parser.add_argument("--again", action="store_true", help="with --continue or --record: what was wrong, too")
    parser.add_argument("--fresh", action="store_true", help="drain and stage anew, whatever snapshot there is")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the results, a line of JSON for each fault case")
    args = parser.parse_args(words)
    args.go_on = args.go_on or args.record
    return args


def faults(words: Sequence[str]) -> int:
    args = arguments(words)
    if args.list:
        effects = known_effects(args.short)
        cases = selected(all_cases(effects), args)
        for case in cases:
            print(f"{case.level} {case.kind:24} {case.name:48} {' or '.join(case.outcomes)}")
        print(f"{len(cases)} fault cases" + ("" if effects else "; those inside of steps are counted by the first run"))
        return 0
    if args.table:
        return 1 if show(kept(args)) else 0
    cluster = Cluster.running()
    with host.lock():
        return Matrix(cluster, args).run()
