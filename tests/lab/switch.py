"""The main job, shown: the plain ansible-playbook line on the lab, with a client watching the Service meanwhile."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from . import controlplane, host, inventory, prober, procs, record
from .cluster import Cluster
from .netns import inside
from .nodewatch import NodeWatch, table
from .paths import LAB, ROOT, run_dir
from .say import say

SERVICE = "http://10.96.0.80/"
PROBER = "prober"


def environment(cluster: Cluster) -> dict[str, str]:
    """What a command on the lab needs: the tools, the virtual environment, the way to the API."""
    venv = host.venv()
    return {
        **os.environ,
        "PATH": f"{venv}/bin:{cluster.bin}:{os.environ['PATH']}",
        "VIRTUAL_ENV": str(venv),
        "KUBECONFIG": str(controlplane.kubeconfig()),
        # what Molecule's playbooks and tests need to know of the lab
        "CRI_LAB": str(ROOT / "lab"),
        "CRI_MEASURE": str(ROOT / "tests" / "performance" / "measure" / "measure.py"),
        "CRI_LAB_INVENTORY": str(inventory.path()),
        "CRI_LAB_RECORD": str(record.path()),
        "CRI_LAB_SERVED": str(run_dir() / "www"),
        "MOLECULE_GLOB": "molecule/*/molecule.yml",
        # ansible refuses to run without a UTF-8 locale.
        "LC_ALL": "C.UTF-8",
    }


def play(cluster: Cluster, arguments: list[str]) -> int:
    """ansible-playbook inside the lab, with its inventory; the line is printed as it can be typed."""
    argv = ["ansible-playbook", "-i", str(inventory.path()), *arguments]
    say(f"running: {shlex.join(argv)}")
    return subprocess.run(inside(argv), env=environment(cluster), cwd=ROOT).returncode


def answers() -> Path:
    return run_dir() / "service-answers.jsonl"


def start_prober() -> None:
    procs.stop(PROBER)
    procs.start(PROBER, inside([sys.executable, str(LAB / "prober.py"), SERVICE, str(answers())]))


def stop_prober() -> dict:
    procs.stop(PROBER)
    return answered()


def answered() -> dict:
    """What the client has seen so far."""
    if not answers().exists():
        return prober.summary([])
    with answers().open(encoding="utf-8") as lines:
        return prober.summary(lines)


def switch(cluster: Cluster, arguments: list[str]) -> int:
    environment(cluster)
    print(f"\nBefore:\n{table(cluster.get('nodes'))}\n")
    say("a client now opens a new connection to the Service five times a second, without retries")
    say("switching two emulated nodes usually takes 8 min; what the playbook does is its own output from here on")
    start_prober()
    began = time.monotonic()
    with NodeWatch(cluster) as watch:
        code = play(cluster, ["switch-runtime.yml", *arguments])
    took = time.monotonic() - began
    service = stop_prober()
    print(f"\nAfter:\n{table(cluster.get('nodes'))}\n")
    for name, seen in sorted(watch.nodes.items()):
        changes = ", ".join(f"{old} -> {new}" for _, old, new in seen.changes) or "runtime unchanged"
        print(f"  {name}: {changes}; unschedulable for {seen.unschedulable_s:.0f} s")
    print(f"\nThe playbook took {took:.0f} s and ended with exit code {code}.")
    print(report(service))
    return code or bool(service["failed"])


def report(service: dict) -> str:
    lines = [
        f"The Service answered {service['requests'] - len(service['failed'])} of {service['requests']} requests over "
        f"{service['seconds']:.0f} s, from {service['pods']} pods; slowest answer {service['slowest_ms']:.0f} ms, "
        f"failed requests: {len(service['failed'])}."
    ]
    for entry in service["failed"]:
        at = time.strftime("%H:%M:%S", time.localtime(entry["at"]))
        lines.append(f"  {at} after {entry['ms']:.0f} ms: {entry['error']}")
    return "\n".join(lines)
