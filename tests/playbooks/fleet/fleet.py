"""Ten simulated hosts: what their modules answer, what goes wrong, and which module was called for which host."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from playbooks.conftest import ON_CONTROLLER
from playbooks.journals import earlier_journal

TOP = Path(__file__).resolve().parents[3]
MODULES = [path.stem for path in (TOP / "plugins" / "modules").glob("*.py") if path.stem not in ON_CONTROLLER]
NODE = json.loads((TOP / "tests/unit/plugins/plugin_utils/preflight/lab_node.json").read_text(encoding="utf-8"))

WORKERS = [f"w{number}" for number in range(1, 9)]
CONTROL_PLANE = ["cp1", "cp2"]
HOSTS = WORKERS + CONTROL_PLANE
INVENTORY = "\n".join(
    ["[kube_control_plane]", *CONTROL_PLANE, "[kube_node]", *WORKERS, "[all:vars]", "ansible_connection=local", ""]
)

# The modules that a run calls for a node, in this order: STAGE for all nodes first, then WINDOW for each node.
STAGE = ["stage_files", "image_transfer", "kubelet_files", "cutover staged"]
WINDOW = ["node_drain drained", "cutover confirmed", "node_drain uncordoned", "cutover finalized"]
REVERT = ["node_drain drained", "cutover reverted", "node_drain uncordoned"]

VERIFICATION = {"seen": {"runtime_version": "containerd://1.6.20"}}
LOST = {"unreachable": True, "msg": "no route to the host"}
FAILED = {"failed": True, "reason": "CRI-SCRIPTED", "msg": "CRI-SCRIPTED: as the test wants it"}
# A switch that failed and was reverted, and one after which the node's state is unknown.
SWITCH_REVERTED = dict(FAILED, phase="reverted")
SILENT = dict(FAILED, phase="unknown", last_phase="switching", reason="CRI-CUTOVER-LOST")


class Call(NamedTuple):
    host: str
    what: str
    began: float
    ended: float
    checked: bool


class Run(NamedTuple):
    code: int
    output: str
    calls: list[Call]
    asked: list  # [host, module, arguments] of each, in the same order

    def staging(self, host: str) -> list[str]:
        return [call.what for call in self.calls if call.host == host and call.what in STAGE]

    def window(self, host: str) -> list[str]:
        """The calls for a host after staging: its window, or the resumption of what an earlier run left."""
        asked = [call.what for call in self.calls if call.host == host]
        return [what for what in asked if what not in STAGE and what.partition(" ")[0] in ("node_drain", "cutover")]

    def windows(self) -> dict[str, list[str]]:
        """{host: its calls} of the hosts that had a window."""
        return {host: self.window(host) for host in HOSTS if self.window(host)}

    def span(self, hosts: list[str]) -> tuple[float, float]:
        """When the first of these hosts' windows began, and when the last one ended."""
        calls = [call for call in self.calls if call.host in hosts and call.what in self.window(call.host)]
        return min(call.began for call in calls), max(call.ended for call in calls)

    def armed(self) -> list[Call]:
        """The switches: in each, the watchdog is armed and disarmed."""
        return [call for call in self.calls if call.what == "cutover confirmed"]

    def gate(self) -> tuple[set[str], set[str]] | None:
        """The hosts that the gate named: (failed, not started). None if the rollout continued."""
        found = re.search(r"CRI-GATE: [\w ]+\. Failed: ([\w, ]+)\. Not started: ([\w, ]+)\.", self.output)
        if not found:
            return None
        failed, waiting = (set(names.split(", ")) - {"none"} for names in found.groups())
        return failed, waiting


class Fleet:
    """``journals``: {host: phase} and ``cordoned``: what earlier runs left. Each run updates both, as nodes would."""

    def __init__(self, play: Callable[..., tuple[int, str, list]], folder: Path) -> None:
        self._play = play
        self._folder = folder
        self.journals: dict[str, str] = {}
        self.cordoned: set[str] = set()

    def run(self, playbook: str, faults: dict[str, dict], *options: str, forks: int = 10, **settings: Any) -> Run:
        """``faults``: {"host module[ state]": answer}; ``settings``: without their prefix switchover_."""
        given = {f"switchover_{name}": value for name, value in settings.items()}
        code, output, asked = self._play(
            playbook,
            INVENTORY,
            MODULES,
            {**self._answers(), **faults},
            "--forks",
            str(forks),
            "-e",
            json.dumps(given),
            *options,
        )
        lines = (self._folder / "times").read_text(encoding="utf-8").splitlines()
        run = Run(code, output, [Call(*json.loads(line)) for line in lines], asked)
        self._learn(run, faults)
        return run

    def _learn(self, run: Run, faults: dict[str, dict]) -> None:
        phases = {"cutover confirmed": "confirmed", "cutover finalized": "finalized", "cutover reverted": "reverted"}
        for call in sorted(run.calls, key=lambda call: call.ended):
            fault = faults.get(f"{call.host} {call.what}", {})
            if call.checked or fault.get("unreachable"):
                continue
            if fault.get("failed"):
                if fault.get("phase") == "reverted":
                    self.journals[call.host] = "reverted"
            elif call.what in phases:
                self.journals[call.host] = phases[call.what]
            elif call.what == "node_drain drained":
                self.cordoned.add(call.host)
            elif call.what == "node_drain uncordoned":
                self.cordoned.discard(call.host)

    def _answers(self) -> dict[str, dict]:
        answers: dict[str, dict] = {
            "cluster_info": {
                "cluster": {
                    "reachable": True,
                    "server": "https://api",
                    "missing_rights": [],
                    "pdbs": [],
                    "docker_mounts": [],
                    "runner": {},
                    "nodes": {host: self._entry(host) for host in HOSTS},
                }
            },
            "stage_files": {"changed": True, "files": [], "validations": []},
            "image_transfer": {"changed": True, "missing": []},
            "kubelet_files": {"changed": True, "files": []},
            "cutover confirmed": {
                "changed": True,
                "phase": "confirmed",
                "verification": VERIFICATION,
                "times": {"kubelet_down_s": 9},
            },
            "cutover reverted": {"changed": True, "phase": "reverted", "verification": VERIFICATION},
        }
        for host in HOSTS:
            answers[f"{host} node_runtime_info"] = {"runtime_info": self._facts(host)}
            phase = self._phase(host)
            answers[f"{host} cutover resumed"] = {
                "changed": False,
                "phase": "confirmed" if phase == "switched" else phase,
                "verification": VERIFICATION,
            }
        return answers

    def _phase(self, host: str) -> str:
        return self.journals.get(host, "")

    def _on_docker(self, host: str) -> bool:
        return self._phase(host) in ("", "reverted")

    def _entry(self, host: str) -> dict:
        """The node as cluster_info returns it."""
        return {
            "ready": True,
            "kubelet_version": "v1.23.17",
            "labels": {},
            "pods": [],
            "unschedulable": host in self.cordoned,
            "runtime_version": "docker://20.10.24" if self._on_docker(host) else "containerd://1.6.20",
            "annotations": {"cri.switchover/cordon": "{}"} if host in self.cordoned else {},
        }

    def _facts(self, host: str) -> dict:
        phase = self._phase(host)
        facts = dict(
            NODE,
            node_name=host,
            hostname=host,
            fqdn=host,
            journal=earlier_journal(host, phase) if phase else None,
            crictl={"installed": True, "path": "/usr/bin/crictl", "version": "1.36.0"},
        )
        if not self._on_docker(host):
            facts["runtime"] = dict(NODE["runtime"], in_use="containerd", shim=None)
        return facts
