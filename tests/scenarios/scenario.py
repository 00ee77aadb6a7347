"""A lab that a scenario plays on: runs the playbook, breaks things, and says whether a node is as it was."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import measure
import observer
from faults import judge
from kills import unrest
from lab import inventory, procs, ssh, waiting
from lab.cluster import Cluster
from lab.netns import inside
from lab.paths import ROOT
from lab.say import LabError
from lab.switch import environment, start_prober, stop_prober
from lab.waiting import until_nothing
from node_state import examine, read_state
from processes import kill_carrying

CORDON = "cri.switchover/cordon"
CORDONS = {CORDON, "cluster-autoscaler.kubernetes.io/scale-down-disabled"}
TRACE_FILE = "TRACE_FILE"
CALLBACKS = Path(__file__).resolve().parent / "callback_plugins"
API_SERVER = "kube-apiserver"
# Fails only with the target's file in place, so that the revert is possible.
KUBELET_FAULT = "! grep -q container-runtime=remote /var/lib/kubelet/kubeadm-flags.env"


@dataclass
class Run:
    code: int
    output: str
    seconds: float
    results: list[dict]

    def failures(self) -> list[dict]:
        return [r for r in self.results if r["status"] in ("failed", "unreachable") and not r["ignored"]]

    def said(self, reason: str) -> list[dict]:
        """Failed results that carry this reason, as data or in front of their message."""
        return [r for r in self.failures() if r["reason"] == reason or reason in r["msg"]]

    def revert_reason(self, host: str) -> str:
        """Why the switch of this host failed and was reverted."""
        failed = [r for r in self.failures() if r["host"] == host and r["action"].endswith("cutover")]
        assert failed and failed[-1]["phase"] == "reverted", f"not a reverted switch: {self.failures()}"
        return failed[-1]["reason"]

    def changed(self) -> list[str]:
        return [f"{r['host']}: {r['task']}" for r in self.results if r["changed"]]


@dataclass
class Play:
    """A running ansible-playbook."""

    process: subprocess.Popen
    log: Path
    trace: Path
    began: float = field(default_factory=time.monotonic)

    def wait(self, patience: float) -> Run:
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the playbook did not end within {patience:.0f} s:\n{self.tail()}") from None
        return Run(code, self.log.read_text(), time.monotonic() - self.began, self.results())

    def results(self) -> list[dict]:
        """Of the tasks so far; a line that is still being written is left out."""
        lines = self.trace.read_text().splitlines(keepends=True) if self.trace.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def kill(self) -> None:
        """As when the controller is gone: ansible-playbook and all that it has begun, at once."""
        self.kill_group()
        kill_carrying(f"{TRACE_FILE}={self.trace}")

    def kill_group(self) -> None:
        """ansible-playbook's process group only: the workers of ansible-core 2.19 are in sessions of their own."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def tail(self) -> str:
        return self.log.read_text()[-3000:]


class Scenario:
    def __init__(self, cluster: Cluster, tmp: Path):
        self.cluster = cluster
        self.tmp = tmp
        self.observed = tmp / "observed.jsonl"
        self.plays: list[Play] = []
        self.probing = False
        self.before: dict[int, dict] = {}
        self.pods_before: dict[int, dict[str, list[str]]] = {}

    # ---- doing -----------------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Call when everything that belongs to the starting point is in place."""
        self.read_all()
        self.observe()

    def read_all(self) -> None:
        for number in self.cluster.numbers:
            self.before[number] = read_state(number)
            self.pods_before[number] = self.own_pods(number)

    def observe(self) -> None:
        measure.start_observer(self.observed)

    def start(self, *arguments: str, **variables: str) -> Play:
        """variables: of its environment."""
        count = len(self.plays)
        log, trace = self.tmp / f"play-{count}.log", self.tmp / f"trace-{count}.jsonl"
        env = environment(self.cluster) | {
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "trace",
            TRACE_FILE: str(trace),
            "ANSIBLE_NOCOLOR": "1",
            **variables,
        }
        argv = inside(["ansible-playbook", "-i", str(inventory.path()), *arguments])
        with log.open("w") as output:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env, cwd=ROOT, start_new_session=True
            )
        self.plays.append(Play(process, log, trace))
        return self.plays[-1]

    def play(self, *arguments: str, patience: float = 1500) -> Run:
        return self.start(*arguments).wait(patience)

    def sabotage(self, number: int, unit: str, command: str) -> None:
        """A drop-in whose ExecStartPre lets the unit start only while the command succeeds."""
        path = f"/etc/systemd/system/{unit}.service.d/zz-fault.conf"
        text = f"[Service]\nExecStartPre=/bin/sh -c '{command}'\n"
        write = f"mkdir -p $(dirname {path}) && cat >{path} && systemctl daemon-reload"
        ssh.run(number, write, stdin=text.encode())

    def fix(self, number: int, unit: str) -> None:
        """The sabotage is over."""
        ssh.run(number, f"rm /etc/systemd/system/{unit}.service.d/zz-fault.conf && systemctl daemon-reload")

    def probe(self) -> None:
        """A client asks the Service from now on, five times a second, without retries."""
        start_prober()
        self.probing = True

    def answered(self) -> dict:
        """What the client has seen; it ends."""
        self.probing = False
        return stop_prober()

    def hang_api(self, hang: bool) -> None:
        """The API server stands still: who connects gets no answer, as with one that is unreachable or overloaded."""
        pid = procs.pid_of(API_SERVER)
        if pid is None:
            raise LabError(f"{API_SERVER} does not run")
        os.kill(pid, signal.SIGSTOP if hang else signal.SIGCONT)

    def until(self, play: Play, true: Callable[[], bool], what: str, patience: float = 900) -> None:
        """Until something is so while the playbook runs; a poll that finds no connection is repeated."""
        deadline = time.monotonic() + patience
        while True:
            with contextlib.suppress(LabError):
                if true():
                    return
            assert play.process.poll() is None, f"the playbook ended before this: {what}\n{play.tail()}"
            assert time.monotonic() < deadline, f"waited {patience:.0f} s for this: {what}\n{play.tail()}"
            time.sleep(0.2)

    def until_step(self, play: Play, number: int, step: str) -> None:
        """Until this step of the engine has begun; the engine must still be at work then."""

        def begun() -> bool:
            journal = self.journal(number)
            assert journal.get("phase") in (None, "staged", "switching"), f"{step}: node{number} is {journal['phase']}"
            return journal.get("phase") == "switching" and step in [s["name"] for s in journal["steps"]]

        self.until(play, begun, f"node{number}: the engine's step {step}")

    def until_phase(self, play: Play, number: int, phase: str, patience: float = 900) -> None:
        self.until(play, lambda: self.journal(number).get("phase") == phase, f"node{number} {phase}", patience)

    def close(self) -> None:
        """Whatever the test broke works again, and nothing of it runs on."""
        with contextlib.suppress(LabError):
            self.hang_api(False)
        for play in self.plays:
            play.kill()
        measure.stop_observer()
        if self.probing:
            stop_prober()
        for number in self.cluster.numbers:
            self.cluster.plug(number, True)

    def restart_runtime(self, number: int, runtime: str) -> None:
        waiting.restart_runtime(lambda command: ssh.succeeds(number, command), runtime, lambda: self.node(number))

    def reboot(self, number: int) -> None:
        """Returns once the node's own pods are there again, and its kubelet has reported since."""
        before = read_state(number)["boot_id"]
        self.cluster.reboot(number)
        assert read_state(number)["boot_id"] != before, f"node{number} did not reboot"
        self.until_reported(number)
        self.cluster.wait_workloads(300)

    def until_reported(self, number: int) -> None:
        waiting.until_reported(lambda: self.node(number))

    # ---- reading ---------------------------------------------------------------------------------------------------

    def node(self, number: int) -> dict:
        return json.loads(self.cluster.kubectl("get", "node", f"node{number}", "-o", "json"))

    def beat(self, number: int) -> str:
        lease = ("get", "lease", "-n", "kube-node-lease", f"node{number}", "-o", "jsonpath={.spec.renewTime}")
        return self.cluster.kubectl(*lease)

    def runtime(self, number: int) -> str:
        return waiting.runtime(self.node(number))

    def cordon(self, number: int) -> tuple[bool, bool]:
        """(unschedulable, by a run of ours): whether there is anything left that a cordon writes."""
        node = self.node(number)
        return bool(node["spec"].get("unschedulable")), bool(CORDONS & set(node["metadata"].get("annotations", {})))

    def own_pods(self, number: int, ready: bool = False) -> dict[str, list[str]]:
        """(Ready) containers of the node's DaemonSet and static pods: {pod's lasting name: [container ids]}."""
        found = {}
        for pod in self.cluster.get("pods", "-A", f"--field-selector=spec.nodeName=node{number}"):
            for owner in pod["metadata"].get("ownerReferences", []):
                if owner["kind"] in ("DaemonSet", "Node"):
                    states = pod["status"].get("containerStatuses", [])
                    name = owner["name"] if owner["kind"] == "DaemonSet" else pod["metadata"]["name"]
                    found[name] = [s.get("containerID", "") for s in states if s["ready"] or not ready]
        return found

    def history(self, number: int) -> list[dict]:
        return observer.node_changes(observer.entries(self.observed), f"node{number}")

    def windows(self, number: int) -> list[tuple[float, float]]:
        """(cordoned, uncordoned) of each."""
        return observer.unschedulable_spans(observer.entries(self.observed), f"node{number}", time.time())

    def journal(self, number: int) -> dict:
        """The engine's journal, {} when there is none; one cheap read."""
        text = ssh.run(number, "cat /var/lib/cri-switchover/journal.json 2>/dev/null || true", timeout=30)
        return json.loads(text) if text.strip() else {}

    def until_rest(self, number: int, phases: tuple[str | None, ...], patience: float = 420) -> None:
        """Until the node has come to rest alone: the watchdog, a revert, and the lock of a run that is dead."""

        def missing() -> list[str]:
            seen, lock = read_state(number), measure.engine_status(number).get("lock")
            return unrest(phases, (seen["journal"] or {}).get("phase"), seen["own_units"], lock)

        until_nothing(missing, f"node{number} did not come to rest alone", patience)

    # ---- judging ---------------------------------------------------------------------------------------------------

    def assert_on_docker(self, number: int, unschedulable: bool, ours: bool = False) -> None:
        """On Docker as if nothing had been tried. `ours`: the cordon of the run is still on it, for the next run."""
        self._assert_alive(number, "docker://", unschedulable, ours)
        before, now = self.before[number], self.assert_untouched_files(number)
        assert now["kubelet"] == before["kubelet"]
        assert unit_states(now) == unit_states(before)
        assert now["own_units"] == [], "the engine left units behind"
        self._await_pods(number, "docker://")
        self._assert_of_one_runtime(number, on_target=False)

    def assert_on_target(self, number: int, phases: tuple[str, ...] = ("finalized",), cordoned: bool = False) -> None:
        """Works on containerd. `cordoned`: the run's cordon is still on it, for the next run."""
        self._assert_alive(number, "containerd://", cordoned, cordoned)
        now = read_state(number)
        assert now["journal"]["phase"] in phases
        assert now["own_units"] == [], "the engine left units behind"
        assert "containerd.sock" in now["kubelet"], now["kubelet"]
        states = unit_states(now)
        assert {states[unit] for unit in ("kubelet.service", "containerd.service")} == {("active", "enabled")}, states
        if now["journal"]["phase"] == "finalized":
            docker = [states[unit] for unit in ("docker.service", "docker.socket")]
            assert all(state != "active" and file == "disabled" for state, file in docker), states
        self._await_pods(number, "containerd://")
        self._assert_of_one_runtime(number, on_target=True)

    def _assert_of_one_runtime(self, number: int, on_target: bool) -> None:
        """Containers, processes and addresses; pods come and go, and take a moment to."""
        until_nothing(
            lambda: judge.left_over(examine(number), on_target), f"node{number} is not of one runtime alone", 90
        )

    def _assert_alive(self, number: int, prefix: str, unschedulable: bool, ours: bool) -> None:
        first = self.beat(number)
        self.until_reported(number)
        eventually(lambda: self.beat(number) != first, f"node{number} sends no heartbeat")
        eventually(lambda: self.runtime(number).startswith(prefix), f"node{number} is not on {prefix}")
        assert self.cordon(number) == (unschedulable, ours), "(unschedulable, by the run)"

    def _await_pods(self, number: int, prefix: str) -> None:
        """The node's own pods: the same as before, all Ready, all containers of this runtime."""

        def pods_run() -> bool:
            pods = self.own_pods(number, ready=True)
            return pods.keys() == self.pods_before[number].keys() and all(
                ids and all(i.startswith(prefix) for i in ids) for ids in pods.values()
            )

        eventually(pods_run, f"node{number}: its DaemonSet and static pods do not run on {prefix}", 180)

    def assert_untouched_files(self, number: int) -> dict:
        """Byte for byte, with mode and owner; returns the state that was read."""
        seen = read_state(number)
        before, now = self.before[number]["files"], seen["files"]
        different = {p: (before.get(p), now.get(p)) for p in {*before, *now} if before.get(p) != now.get(p)}
        assert not different, f"node{number}: files differ (before, now)"
        return seen

    def assert_never_touched(self, number: int) -> None:
        """Staged at most: it was never cordoned, its kubelet is the same process, its pods are the same containers."""
        history = self.history(number)
        assert history, "the observer saw nothing"
        assert not [e for e in history if e["unschedulable"]], f"node{number} was cordoned"
        assert {e["runtime"].split(":")[0] for e in history} == {"docker"}
        before, now = self.before[number], self.assert_untouched_files(number)
        assert now["units"] == before["units"], "a process of Docker, containerd or kubelet was restarted"
        assert (now["journal"] or {}).get("phase") in (None, "staged")
        assert self.own_pods(number) == self.pods_before[number]


def unit_states(seen: dict) -> dict[str, tuple[str, str]]:
    return {name: (unit["ActiveState"], unit["UnitFileState"]) for name, unit in seen["units"].items()}


def eventually(true: Callable[[], bool], otherwise: str, patience: float = 120) -> None:
    waiting.until(true, bool, otherwise, patience)
