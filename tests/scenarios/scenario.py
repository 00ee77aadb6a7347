"""A lab that a scenario plays on: runs the playbook, breaks things, and says whether a node is as it was."""

from __future__ import annotations

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
from lab import inventory, ssh
from lab.cluster import Cluster
from lab.netns import inside
from lab.paths import ROOT
from lab.say import LabError
from lab.switch import environment
from look import look

CORDON = "cri.switchover/cordon"
CALLBACKS = Path(__file__).resolve().parent / "callback_plugins"


@dataclass
class Run:
    code: int
    output: str
    seconds: float
    results: list[dict]

    def failures(self) -> list[dict]:
        return [r for r in self.results if r["status"] in ("failed", "unreachable") and not r["ignored"]]

    def said(self, token: str) -> list[dict]:
        """Failed results that carry this token, as data or in front of their message."""
        return [r for r in self.failures() if r["reason"] == token or token in r["msg"]]

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
            self.stop()
            raise AssertionError(f"the playbook did not end within {patience:.0f} s:\n{self.tail()}") from None
        results = [json.loads(line) for line in self.trace.read_text().splitlines()] if self.trace.exists() else []
        return Run(code, self.log.read_text(), time.monotonic() - self.began, results)

    def stop(self) -> None:
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
        self.before: dict[int, dict] = {}
        self.pods_before: dict[int, dict[str, list[str]]] = {}

    # ---- doing -----------------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Call when everything that belongs to the starting point is in place."""
        for number in self.cluster.numbers:
            self.before[number] = look(number)
            self.pods_before[number] = self.own_pods(number)
        measure.start_observer(self.observed)

    def start(self, *arguments: str) -> Play:
        count = len(self.plays)
        log, trace = self.tmp / f"play-{count}.log", self.tmp / f"trace-{count}.jsonl"
        env = environment(self.cluster) | {
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "trace",
            "TRACE_FILE": str(trace),
            "ANSIBLE_NOCOLOR": "1",
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

    def close(self) -> None:
        for play in self.plays:
            play.stop()
        measure.stop_observer()
        for number in self.cluster.numbers:
            self.cluster.plug(number, True)

    # ---- looking ---------------------------------------------------------------------------------------------------

    def node(self, number: int) -> dict:
        return json.loads(self.cluster.kubectl("get", "node", f"node{number}", "-o", "json"))

    def beat(self, number: int) -> str:
        lease = ("get", "lease", "-n", "kube-node-lease", f"node{number}", "-o", "jsonpath={.spec.renewTime}")
        return self.cluster.kubectl(*lease)

    def runtime(self, number: int) -> str:
        return self.node(number)["status"]["nodeInfo"]["containerRuntimeVersion"]

    def ready(self, number: int) -> bool:
        return ["True"] == [c["status"] for c in self.node(number)["status"]["conditions"] if c["type"] == "Ready"]

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

    def journal(self, number: int) -> dict:
        """The engine's journal, {} when there is none; one cheap look."""
        text = ssh.run(number, "cat /var/lib/cri-switchover/journal.json 2>/dev/null || true", timeout=30)
        return json.loads(text) if text.strip() else {}

    # ---- judging ---------------------------------------------------------------------------------------------------

    def assert_on_docker(self, number: int, unschedulable: bool, ours: bool = False) -> None:
        """On Docker as if nothing had been tried. `ours`: the cordon of the run is still on it, to be picked up."""
        first = self.beat(number)
        eventually(lambda: self.beat(number) != first, f"node{number} sends no heartbeat")
        eventually(lambda: self.ready(number), f"node{number} is not Ready")
        node = self.node(number)
        assert node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("docker://")
        assert bool(node["spec"].get("unschedulable")) == unschedulable
        assert (CORDON in node["metadata"].get("annotations", {})) == ours
        before, now = self.before[number], self.assert_untouched_files(number)
        assert now["kubelet"] == before["kubelet"]
        assert unit_states(now) == unit_states(before)
        assert now["own_units"] == [], "the engine left units behind"

        def pods_run() -> bool:
            pods = self.own_pods(number, ready=True)
            return pods.keys() == self.pods_before[number].keys() and all(
                ids and all(i.startswith("docker://") for i in ids) for ids in pods.values()
            )

        eventually(pods_run, f"node{number}: its DaemonSet and static pods do not run on Docker", 180)

    def assert_untouched_files(self, number: int) -> dict:
        """Byte for byte, with mode and owner; returns the look."""
        seen = look(number)
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
    deadline = time.monotonic() + patience
    while True:
        try:
            if true():
                return
        except LabError as error:
            otherwise = f"{otherwise} ({error})"
        assert time.monotonic() < deadline, f"{otherwise}, after {patience:.0f} s"
        time.sleep(1)
