"""One node under faults: puts it back to where it was staged, starts the engine beside a fault, waits, and checks."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab import addresses, netns, ssh, waiting
from lab.cluster import BOOT, Cluster
from lab.paths import run_dir
from lab.say import LabError

from . import engine, judge
from .fault_cases import FINISHED, REVERT_BLOCKED, REVERTED, UNTOUCHED, WRONG, FaultCase

HERE = Path(__file__).resolve().parent
HOME = "/opt/cri-faults"
STATE = "/var/lib/cri-switchover"
COMMAND = f"{STATE}/cri-switchover"
UNITS = (
    "cri-switchover.service cri-switchover-revert.service cri-switchover-watchdog.timer "
    "cri-switchover-watchdog.service cri-switchover-recover.service"
)
REST = ("reverted", "revert_blocked", "revert_failed", "switched", "confirmed", "finalized")
MARK = b"@@SWITCH@@"
BOOT_PATIENCE = 240
PODS_PATIENCE = 300
# Seconds between two polls of a node: each costs an emulated one a third of a second of its work.
POLL_EVERY = 4


class Wrong(Exception):
    """The node, or the engine, is not what it must be."""


@dataclass
class Base:
    """What a staged node is like, and what it was staged with."""

    seen: dict
    api: dict
    plan: dict
    journal: dict


def programs() -> dict[str, str]:
    """{path on a node: text} of our own programs there, and of the engine's members."""
    files = {HOME + "/" + path.name: path.read_text() for path in sorted((HERE / "node").glob("*.py"))}
    files[HOME + "/node_state.py"] = (HERE.parent / "scenarios" / "node_state.py").read_text()
    files[HOME + "/engine/__init__.py"] = ""
    files.update((f"{HOME}/engine/{name}.py", text.decode()) for name, text in engine.sources().items())
    return files


class Driver:
    def __init__(self, cluster: Cluster, number: int, snapshot: str, evidence: Path):
        self.cluster, self.number, self.snapshot, self.evidence = cluster, number, snapshot, evidence
        self.vm = cluster.vm(number)
        self.rounds = 0
        self.base: Base
        self.begin()

    def begin(self) -> None:
        self.asked = False
        self.cuts = 0
        self.wanted_cuts = 0
        self.run_id = ""
        self.notes: list[str] = []
        self.console_at = self.vm.console.stat().st_size
        self.allowed: frozenset[str] = frozenset()

    # ---- the node ------------------------------------------------------------------------------------------------

    def ssh(self, command: str, stdin: bytes | None = None, timeout: float = 120, check: bool = True) -> str:
        return ssh.run(self.number, command, stdin=stdin, timeout=timeout, check=check)

    def forget(self) -> None:
        """This node's kept connection only: the other one works on."""
        control = run_dir() / "cm" / addresses.node_ip(self.number)
        subprocess.run(["ssh", "-o", f"ControlPath={control}", "-O", "exit", "x"], capture_output=True)
        control.unlink(missing_ok=True)

    def upload(self) -> None:
        """Our own programs, and this checkout's engine, which the node's interpreter makes into its one file."""
        ssh.put(self.number, programs(), f"python3 {HOME}/build.py && python3 -m compileall -q {HOME}")

    def restore(self) -> None:
        """Restores this node alone from the snapshot; the control plane goes on."""
        self.vm.pause()
        self.vm.load(self.snapshot)
        self.forget()
        netns.run(["ss", "--kill", "--tcp", "--all", "dst", addresses.node_ip(self.number)], check=False)
        self.vm.resume()
        self.ssh_again(60)
        self.set_clock()
        self.upload()

    def set_clock(self) -> None:
        self.ssh("date -s @$(cat /sys/class/rtc/rtc0/since_epoch)")

    def ssh_again(self, patience: float) -> None:
        ssh.wait(self.number, patience)

    def power_cut(self) -> None:
        self.vm.power_cut()
        self.forget()
        self.cuts += 1
        time.sleep(15)
        deadline = time.monotonic() + BOOT_PATIENCE
        while True:
            # Recovery at boot holds up what SSH needs, too: the next power cut may be due before a login works.
            if self.cut_is_due():
                return self.power_cut()
            try:
                return self.ssh_again(5)
            except LabError:
                if time.monotonic() > deadline:
                    raise

    def await_boot_after(self, boot_id: str) -> None:
        """It was asked to reboot: wait until its boot is over.

        Cluster.reboot() would close the connections to other nodes.
        """
        deadline = time.monotonic() + BOOT_PATIENCE
        while time.monotonic() < deadline:
            self.forget()
            with contextlib.suppress(LabError):
                now = self.ssh(BOOT, timeout=20).strip()
                if now != boot_id and self.idle():
                    return
            time.sleep(POLL_EVERY)
        raise Wrong(f"not through its boot after {BOOT_PATIENCE} s")

    def until_runtime_answers(self, runtime: str = "containerd") -> None:
        waiting.until_runtime_answers(lambda command: ssh.succeeds(self.number, command), runtime)

    def learn(self) -> None:
        """What it is like before the first fault."""
        plan, journal = (json.loads(self.ssh(f"cat {STATE}/{name}.json")) for name in ("plan", "journal"))
        self.base = Base(self.examine(), self.api(), plan, journal)
        staged = judge.on_docker(self.base.seen, self.base.seen, "staged")
        if staged or journal["phase"] != "staged":
            raise LabError(f"node{self.number} is no good starting point: {journal['phase']}, {'; '.join(staged)}")

    # ---- reading -------------------------------------------------------------------------------------------------

    def api(self) -> dict:
        return json.loads(self.cluster.kubectl("get", "node", f"node{self.number}", "-o", "json"))

    def examine(self) -> dict:
        return json.loads(self.ssh(f"python3 {HOME}/examine.py", timeout=120))

    def journal(self) -> dict:
        return json.loads(self.ssh(f"cat {STATE}/journal.json", timeout=25))

    def log(self) -> str:
        return self.ssh("journalctl --no-pager -o short-monotonic -n 60 -t cri-switchover -t systemd", check=False)

    def runtimes(self) -> str:
        """Only these report why a pod does not start."""
        units = "-u kubelet -u containerd -u docker -u crio"
        return self.ssh(f"journalctl --no-pager -o short-monotonic -b -n 200 {units} | cut -c1-400", check=False)

    def idle(self) -> bool:
        """Nothing of ours runs, waits or is about to, and the boot is over."""
        system = self.ssh("systemctl is-system-running", check=False).strip()
        states = self.ssh(f"systemctl show -p ActiveState --value {UNITS}", check=False).split()
        running = [state for state in states if state in ("active", "activating", "deactivating", "reloading")]
        return system in ("running", "degraded") and not running

    # ---- doing ---------------------------------------------------------------------------------------------------

    def prepare(
        self,
        case: FaultCase,
        setup: str = "",
        start: bool = True,
        edits: tuple[dict, ...] = (),
        plan: dict | None = None,
        words: tuple[str, ...] = (),
    ) -> dict:
        """Back to staged, with the fault of this case; returns what `start` answered."""
        self.begin()
        self.rounds += 1
        self.run_id = f"faults-{self.number}-{self.rounds}-{int(time.time()) % 100000}"
        self.wanted_cuts = sum(fault["act"] in ("cut", "torn") for fault in case.faults)
        made = json.loads(json.dumps({**self.base.plan, "run_id": self.run_id, **(plan or {})}))
        made["watch"]["watchdog_s"] = case.watchdog
        given = {
            "plan": made,
            "journal": {**self.base.journal, "run_id": self.run_id},
            "faults": case.faults,
            "edits": edits,
            "setup": setup,
            "start": start,
            "words": words,
        }
        answer = json.loads(self.ssh(f"python3 {HOME}/prepare.py", json.dumps(given).encode()))
        return answer

    def command(self, *words: str, timeout: float = 400) -> dict:
        """The node's own command; {} where it died."""
        out = self.ssh(" ".join([COMMAND, *words]), timeout=timeout, check=False)
        return json.loads(out) if out.strip() else {}

    def watch(self, patience: float) -> str:
        """Until the node is at rest, switching its power when the engine asks for it. Returns the journal's phase."""
        deadline = time.monotonic() + patience
        still = 0
        while time.monotonic() < deadline:
            if self.cut_is_due():
                self.power_cut()
                deadline = max(deadline, time.monotonic() + 240)
                continue
            try:
                phase = self.journal()["phase"]
            except (LabError, ValueError):
                self.pause_until_cut(2)
                continue
            if self.cuts < self.wanted_cuts and still < 5 and phase in REST:
                still += 1
            elif phase in REST and not (phase == "revert_failed" and still < 2):
                return phase
            elif phase == "revert_failed" or (self.cuts >= self.wanted_cuts and self.idle()):
                # Twice in a row: between two units there may be a moment of silence.
                still += 1
                if still >= 2:
                    return phase
            self.pause_until_cut(POLL_EVERY)
        raise Wrong(f"not at rest after {patience:.0f} s: {self.journal()['phase']}")

    def said(self) -> bytes:
        with self.vm.console.open("rb") as console:
            console.seek(self.console_at)
            return console.read()

    def pause_until_cut(self, seconds: float) -> None:
        """The console costs the node nothing."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and MARK not in self.said():
            time.sleep(0.3)

    def cut_is_due(self) -> bool:
        said = self.said()
        if MARK not in said:
            return False
        self.console_at += said.index(MARK) + len(MARK)
        return True

    def confirm(self) -> dict:
        return self.command("confirm", "--run-id", self.run_id)

    def revert(self, *words: str) -> dict:
        return self.command("revert", "--run-id", self.run_id, *words)

    # ---- checking ------------------------------------------------------------------------------------------------

    def check(self, complaints: Callable[[dict], list[str]], prefix: str) -> None:
        deadline, same, before = time.monotonic() + PODS_PATIENCE, 0, [""]
        # What was done to the node is over: its kubelet's next status is the first that reports all of it.
        since = waiting.heartbeat(waiting.until(self.api, bool, "the API does not give the node", PODS_PATIENCE - 60))
        while not self.api_is_back(prefix, since) and time.monotonic() < deadline - 60:
            time.sleep(POLL_EVERY)
        while True:
            try:
                seen = self.examine()
                found = complaints(seen) + judge.cordon(self.base.api, self.api())
                if not self.api_is_back(prefix, since):
                    found.append(f"the API does not see a Ready node on {prefix}")
            except (LabError, ValueError) as error:
                seen, found = {}, [str(error)]
            if not found:
                self.seen = seen
                return
            # What stands still is not on its way any more.
            same, before = (same + 1 if found == before else 0), found
            if time.monotonic() > deadline or (same >= 4 and self.api_is_back(prefix, since)):
                self.keep("seen", seen)
                raise Wrong("; ".join(found))
            time.sleep(4)

    def api_is_back(self, prefix: str, since: str | None) -> bool:
        """Ready on this runtime, by a newer report than that of `since`, and its pods' containers are of it."""
        try:
            node = self.api()
            pods = self.cluster.get("pods", "-A", f"--field-selector=spec.nodeName=node{self.number}")
        except LabError:
            return False
        ids = [
            s.get("containerID", "")
            for pod in pods
            for s in pod["status"].get("containerStatuses", [])
            if "running" in s["state"]
        ]
        there = len(ids) >= len([name for name in self.base.seen["docker"]["running"] if not name.endswith("/POD")])
        reported = waiting.runtime(node).startswith(prefix) and not waiting.unreported(node, since)
        return reported and there and all(i.startswith(prefix) for i in ids)

    def check_docker(self, phase: str = "reverted") -> None:
        self.check(lambda seen: judge.on_docker(seen, self.base.seen, phase, self.allowed), "docker://")

    def check_target(self, phase: str = "confirmed") -> None:
        plan = self.base.plan
        self.check(lambda seen: judge.on_target(seen, self.base.seen, plan, phase, self.allowed), "containerd://")

    def keep(self, name: str, what: object) -> None:
        self.evidence.mkdir(parents=True, exist_ok=True)
        text = what if isinstance(what, str) else json.dumps(what, indent=1, sort_keys=True)
        (self.evidence / f"{self.run_id}-{name}").write_text(text)

    def revert_as_operator(self) -> None:
        """From the target to Docker, as an operator does it: a check of its own."""
        answer = self.revert()
        if answer.get("phase") != "reverted":
            raise Wrong(f"the revert from the target ended {answer.get('phase')}: {answer.get('error')}")
        self.check_docker()

    def conclude(self, phase: str) -> str:
        """Bring a node at rest to its end, and check it there: the outcome."""
        if phase in ("switching", "reverting", "revert_failed"):
            # It stands still: the next run asks it to revert.
            self.asked = True
            self.notes.append(f"stood still, {phase}")
            answer = self.revert("--force")
            phase = answer.get("phase") or self.journal()["phase"]
        if phase == "staged":
            self.check_docker("staged")
            return UNTOUCHED
        if phase == "reverted":
            self.check_docker()
            return REVERTED
        if phase == "switched":
            answer = self.confirm()
            if answer.get("phase") != "confirmed":
                raise Wrong(f"confirm answered {answer}")
            phase = "confirmed"
        if phase not in ("confirmed", "revert_blocked"):
            raise Wrong(f"it ended {phase}: {self.journal().get('error')}")
        self.check_target(phase)
        self.revert_as_operator()
        return FINISHED if phase == "confirmed" else REVERT_BLOCKED

    def run(self, case: FaultCase) -> str:
        self.prepare(case)
        patience = 420 if self.wanted_cuts else case.watchdog + 240
        outcome = self.conclude(self.watch(patience))
        self.check_fired(case)
        return outcome

    def check_fired(self, case: FaultCase) -> None:
        """A fault that never happened has shown nothing."""
        if self.cuts != self.wanted_cuts:
            raise Wrong(f"the power was cut {self.cuts} times instead of {self.wanted_cuts}")
        boot = 1 if self.cuts else 0
        for number, fault in enumerate(case.faults):
            in_this_boot = fault.get("boot", 0) == boot and fault["act"] not in ("cut", "torn")
            if in_this_boot and f"spent-{number}" not in self.seen["spent"]:
                raise Wrong(f"the fault never happened: {fault}")

    def trace(self) -> list[dict]:
        lines = self.ssh("cat /run/cri-faults/trace").splitlines()
        return [json.loads(line) for line in lines]

    def attempt(self, case: FaultCase, drive: Callable[[Driver, FaultCase], str]) -> dict:
        """One fault case, tried and judged: a result."""
        began = time.monotonic()
        try:
            outcome, complaint = drive(self, case), ""
            if outcome not in case.outcomes:
                outcome, complaint = WRONG, f"ended {outcome}, right would be {' or '.join(case.outcomes)}"
            elif self.asked and not case.asked:
                outcome, complaint = WRONG, f"{outcome}, but not by itself: {'; '.join(self.notes)}"
        # AssertionError: what the lab waited for did not come.
        except (Wrong, LabError, AssertionError, ValueError, KeyError, subprocess.SubprocessError) as error:
            outcome, complaint = WRONG, f"{type(error).__name__}: {error}"
        if outcome == WRONG:
            self.gather()
        return {
            "point": case.name,
            "kind": case.kind,
            "level": case.level,
            "outcome": outcome,
            "complaint": complaint,
            "asked": self.asked,
            "notes": self.notes,
            "seconds": round(time.monotonic() - began, 1),
            "node": f"node{self.number}",
            "run_id": self.run_id,
        }

    def gather(self) -> None:
        for name, read in (("journal", self.journal), ("log", self.log), ("runtimes", self.runtimes)):
            try:
                self.keep(name, read())
            except (LabError, ValueError) as error:
                self.keep(name, str(error))
