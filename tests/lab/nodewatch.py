"""Watches the cluster's Node objects and remembers when each was taken out of service, changed, and was put back."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from dataclasses import dataclass, field

from .cluster import Cluster
from .controlplane import kubeconfig
from .netns import inside


def runtime(node: dict) -> str:
    return node["status"]["nodeInfo"]["containerRuntimeVersion"]


def table(nodes: list[dict]) -> str:
    """What an operator wants to see of nodes, nothing else."""
    rows = [("NODE", "READY", "SCHEDULABLE", "KUBELET", "RUNTIME")]
    for node in nodes:
        ready = [c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"]
        rows.append(
            (
                node["metadata"]["name"],
                ready[0] if ready else "?",
                "no" if node["spec"].get("unschedulable") else "yes",
                node["status"]["nodeInfo"]["kubeletVersion"],
                runtime(node),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"  {line.rstrip()}" for line in lines)


@dataclass
class History:
    runtime: str = ""
    cordoned_at: float | None = None
    unschedulable_s: float = 0
    changes: list[tuple[float, str, str]] = field(default_factory=list)


class NodeWatch:
    def __init__(self, cluster: Cluster):
        self.nodes: dict[str, History] = {}
        kubectl = str(cluster.bin / "kubectl")
        argv = [kubectl, f"--kubeconfig={kubeconfig()}", "get", "nodes", "--watch", "-o", "json"]
        self._process = subprocess.Popen(inside(argv), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def __enter__(self) -> NodeWatch:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join(5)

    def _follow(self) -> None:
        """kubectl writes one indented object after the other; a lone brace ends each."""
        assert self._process.stdout
        lines: list[str] = []
        for line in self._process.stdout:
            lines.append(line)
            if line == "}\n":
                self._note(json.loads("".join(lines)))
                lines = []

    def _note(self, node: dict) -> None:
        now = time.time()
        seen = self.nodes.setdefault(node["metadata"]["name"], History(runtime(node)))
        if runtime(node) != seen.runtime:
            seen.changes.append((now, seen.runtime, runtime(node)))
            seen.runtime = runtime(node)
        if node["spec"].get("unschedulable"):
            seen.cordoned_at = seen.cordoned_at or now
        elif seen.cordoned_at:
            seen.unschedulable_s += now - seen.cordoned_at
            seen.cordoned_at = None
