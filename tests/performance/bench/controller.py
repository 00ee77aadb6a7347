#!/usr/bin/env python3
"""What a run costs the controller for each node: time and memory as the fleet grows, and what dominates.

The playbook, the roles, the actions and the modules on the controller are the real ones. Nodes are simulated: their
connection answers at once (connection_plugins/simulated.py). So does their API server (simulated_api.py), in this
process, which is not counted.

usage: controller.py [--hosts 10,100] [--forks 20] [--batches '[1, "25%"]'] [--pods 30] [--json FILE]

`--profile FILE` has cProfile profile Ansible itself (not at its forks), for pstats.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path.insert(0, str(HERE))

from simulated_api import SimulatedCluster, busiest, serve  # noqa: E402

NODE = TOP / "tests/unit/plugins/plugin_utils/preflight/lab_node.json"
# What the modules on a node answer. Their own time is not the controller's.
ANSWERS = {
    "stage_files": {"changed": True, "files": [], "validations": []},
    "image_transfer": {"changed": True, "missing": []},
    "kubelet_files": {"changed": True, "files": []},
    "cutover": {"changed": True, "phase": "staged"},
    "cri_health": {"changed": False, "health": {"unmet": []}, "info": {}, "version_fields": {}},
}
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "simulated",
    "contexts": [{"name": "simulated", "context": {"cluster": "simulated", "user": "simulated"}}],
    "users": [{"name": "simulated", "user": {"token": "none"}}],
}


def prepare(folder: Path, hosts: int, pods: int, batches: list) -> SimulatedCluster:
    (folder / "phase").mkdir()
    names = [f"node{number:03}" for number in range(hosts)]
    simulated = SimulatedCluster(names, pods, folder)
    server = serve(simulated)
    cluster = {"name": "simulated", "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}
    (folder / "kubeconfig").write_text(json.dumps({**KUBECONFIG, "clusters": [cluster]}), encoding="utf-8")
    node = json.loads(NODE.read_text(encoding="utf-8"))
    node["crictl"] = {"installed": True, "path": "/usr/bin/crictl", "version": "1.36.0"}
    for name, answer in {**ANSWERS, "node_runtime_info": {"changed": False, "runtime_info": node}}.items():
        (folder / f"{name}.json").write_text(json.dumps(answer), encoding="utf-8")
    settings = {
        "ansible_connection": "simulated",
        "ansible_python_interpreter": "/usr/bin/python3",
        "switchover_recheck_delay": 0,
        "switchover_batches": batches,
        "switchover_kubeconfig": str(folder / "kubeconfig"),
    }
    inventory = {
        "kube_control_plane": {"hosts": dict.fromkeys(names[:1])},
        "kube_node": {"hosts": dict.fromkeys(names[1:])},
        "all": {
            "hosts": {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}},
            "children": dict.fromkeys(["kube_control_plane", "kube_node"]),
            "vars": settings,
        },
    }
    (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
    return simulated


def wrong_with(simulated: SimulatedCluster) -> list[str]:
    """What the run left other than it should."""
    phases = {path.name: path.read_text(encoding="utf-8").split()[0] for path in (simulated.folder / "phase").iterdir()}
    lease = simulated.others.get("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cri-switchover", {})
    return [
        *(f"{name} is {phases.get(name)}" for name in simulated.nodes if phases.get(name) != "finalized"),
        *(f"{name} is cordoned" for name, node in simulated.nodes.items() if node["spec"].get("unschedulable")),
        *([] if lease and "holderIdentity" not in lease["spec"] else ["the Lease was not taken and released"]),
    ]


def tree_of(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            found += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
    return found


def memory_of(pid: int) -> int:
    """KiB of a process and all below it; what they share is counted once."""
    total = 0
    for one in tree_of(pid):
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            total += int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return total


def run(folder: Path, hosts: int, args: argparse.Namespace) -> dict[str, Any]:
    simulated = prepare(folder, hosts, args.pods, args.batches)
    environment = {
        **os.environ,
        "SIMULATED_FOLDER": str(folder),
        "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "cost",
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_REMOTE_TMP": str(folder / "tmp"),
    }
    profile = ["-m", "cProfile", "-o", str(args.profile.resolve())] if args.profile else []
    command = [
        sys.executable,
        *profile,
        "-m",
        "ansible.cli.playbook",
        "-i",
        str(folder / "inventory.json"),
        "-f",
        str(args.forks),
        "cri.switchover.switch_runtime",
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (folder / "output").open("w", encoding="utf-8") as output:
        began, largest = time.monotonic(), 0
        child = subprocess.Popen(
            command, cwd=TOP, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        while child.poll() is None:
            largest = max(largest, memory_of(child.pid))
            time.sleep(1)
        seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wrong = wrong_with(simulated)
    if child.returncode or wrong:
        sys.exit((folder / "output").read_text(encoding="utf-8")[-6000:] + f"exit code {child.returncode}; {wrong}")
    cost = json.loads((folder / "cost.json").read_text(encoding="utf-8"))
    return {
        "hosts": hosts,
        "forks": args.forks,
        "pods": args.pods,
        "batches": args.batches,
        "seconds": seconds,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "tree_kib": largest,
        "main_kib": cost["largest_kib"],
        "requests": dict(simulated.asked.most_common()),
        "busiest": {seconds: busiest(simulated.per_second, seconds) for seconds in (1, 10)},
        **shares(cost["marks"]),
    }


def shares(marks: list[list]) -> dict[str, Any]:
    """Seconds by the clock, of Ansible itself, and of its children: by play and by task."""
    plays: dict[str, list[float]] = collections.defaultdict(lambda: [0.0, 0.0, 0.0])
    tasks: dict[str, list[float]] = collections.defaultdict(lambda: [0.0, 0.0, 0.0])
    for (play, task, *before), (_play, _task, *after) in itertools.pairwise(marks):
        for number, (first, second) in enumerate(zip(before, after, strict=True)):
            plays[play or "start"][number] += second - first
            tasks[task][number] += second - first
    return {"own_s": marks[-1][3], "children_s": marks[-1][4], "plays": dict(plays), "tasks": dict(tasks)}


def show(figures: dict[str, Any]) -> None:
    hosts, asked = figures["hosts"], figures["requests"]
    print(
        f"\n{hosts} hosts, {figures['forks']} forks, batches {json.dumps(figures['batches'])}, "
        f"{figures['pods']} pods each: {figures['seconds']:.0f} s; {figures['cpu_s'] / hosts:.2f} s of processor "
        f"time for each ({figures['own_s'] / hosts:.2f} in Ansible itself); {figures['main_kib'] / 1024:.0f} MiB "
        f"in Ansible itself, {figures['tree_kib'] / 1024:.0f} MiB with all its forks"
    )
    print(
        f"  {sum(asked.values()) / hosts:.1f} requests for each: "
        + ", ".join(f"{count / hosts:.2f} {what}" for what, count in asked.items())
    )
    print(
        "  requests a second at most: "
        + ", ".join(f"{rate:.0f} over {seconds} s" for seconds, rate in figures["busiest"].items())
    )
    for kind in ("plays", "tasks"):
        print(f"  {kind:62} {'clock':>8} {'itself':>8} {'forks':>8}   s for each host")
        ordered = sorted(figures[kind].items(), key=lambda item: -item[1][1] - item[1][2])
        for name, seconds in ordered[:16]:
            print(f"    {name[:60]:60} " + " ".join(f"{part / hosts:8.3f}" for part in seconds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", default="10,100")
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--pods", type=int, default=30)
    parser.add_argument("--batches", type=json.loads, default=[1, "25%"])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--profile", type=Path)
    args = parser.parse_args()
    figures = []
    for hosts in [int(number) for number in args.hosts.split(",")]:
        with tempfile.TemporaryDirectory() as folder:
            figures.append(run(Path(folder), hosts, args))
        show(figures[-1])
        if args.json:
            args.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
