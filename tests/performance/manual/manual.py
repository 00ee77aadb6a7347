#!/usr/bin/env python3
"""The manual baseline: what an operator needs with bash and kubectl for the same steps and verifications.

Restores the lab, prepares a node (prepare.sh), drains it, runs switch.sh on it, verifies it through the API, uncordons
it, and keeps the figures in the lab's cache as measure/manual.json:
  engine_s       the node's part, first step of switch.sh to its last: compare with the engine's own time
  after_drain_s  from the end of the drain to the uncordon: compare with the window after the drain
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from lab import host, ssh, switch, waiting  # noqa: E402
from lab.cluster import Cluster  # noqa: E402
from lab.paths import cache_dir  # noqa: E402
from lab.say import LabError, step  # noqa: E402

TARGETS = {"containerd": "containerd://", "crio": "cri-o://"}
PATIENCE = 300


class ManualBaseline:
    def __init__(self, cluster: Cluster, number: int, target: str):
        self.cluster = cluster
        self.target = target
        self.prefix = TARGETS[target]
        self.number = number
        self.name = f"node{number}"
        self.steps: list[dict] = []
        self.since: dict = {}

    def get(self, *arguments: str) -> dict:
        return json.loads(self.cluster.kubectl("get", *arguments, "-o", "json"))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        began = time.time()
        yield
        self.note({"step": name, "began": began, "ended": time.time()}, "controller")

    def note(self, entry: dict, part: str) -> None:
        seconds = round(entry["ended"] - entry["began"], 2)
        self.steps.append({**entry, "seconds": seconds, "part": part})
        print(f"  {part:10} {entry['step']:18} {seconds:6.1f} s", flush=True)

    # ---- what is verified --------------------------------------------------------------------------------------------

    def beats(self) -> dict:
        lease = self.get("lease", "-n", "kube-node-lease", self.name)["spec"]["renewTime"]
        ready = [c for c in self.get("node", self.name)["status"]["conditions"] if c["type"] == "Ready"]
        return {"lease": lease, "heartbeat": ready[0]["lastHeartbeatTime"]}

    def own_pods(self) -> dict[str, dict]:
        """Pods of DaemonSets and static ones, under a name that does not change with the pod."""
        found = {}
        for pod in self.get("pods", "-A", f"--field-selector=spec.nodeName={self.name}")["items"]:
            for owner in pod["metadata"].get("ownerReferences", []):
                if owner["kind"] in ("DaemonSet", "Node"):
                    key = owner["name"] if owner["kind"] == "DaemonSet" else pod["metadata"]["name"]
                    found[key] = pod
        return found

    # ---- the way -----------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for name in ("prepare.sh", "switch.sh", "cni_del.py"):
                tar.add(HERE / name, name)
        ssh.run(self.number, "mkdir -p /root/manual-baseline; tar -x -C /root/manual-baseline", stdin=buffer.getvalue())
        ssh.run(self.number, f"bash /root/manual-baseline/prepare.sh {self.target}", timeout=600)
        self.pods_before = self.own_pods()
        self.allocatable_before = self.get("node", self.name)["status"]["allocatable"]

    def drain(self) -> None:
        self.cluster.kubectl("drain", self.name, "--ignore-daemonsets", "--timeout=600s", timeout=620)

    def node_part(self) -> None:
        argv = ssh.argv(self.number, "bash /root/manual-baseline/switch.sh")
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        assert process.stdout
        for line in process.stdout:
            entry = json.loads(line)
            self.note(entry, "node")
            if entry["step"] == "stop_kubelet":
                self.since = self.beats()
        if process.wait():
            raise LabError(f"switch.sh failed on {self.name}: exit code {process.returncode}")

    def wait(self, what: str, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline:
                raise LabError(f"{self.name}: {what}: not within {PATIENCE} s")
            time.sleep(1)

    def alive(self) -> bool:
        node = self.get("node", self.name)
        beats = self.beats()
        return (
            all(beats[key] != self.since[key] for key in beats)
            and not waiting.unreported(node)
            and waiting.runtime(node).startswith(self.prefix)
            and node["status"]["allocatable"].keys() == self.allocatable_before.keys()
        )

    def runs(self, pod: dict) -> bool:
        states = pod["status"].get("containerStatuses", [])
        return bool(states) and all(s["ready"] and s.get("containerID", "").startswith(self.prefix) for s in states)

    def verify(self) -> None:
        with self.timed("alive"):
            self.wait("no new heartbeat on the target", self.alive)
        with self.timed("pods"):
            self.start_probe()
            self.wait("its own pods and a probe do not run", self.all_run)
            self.cluster.kubectl("delete", "pod", "-n", "kube-system", "manual-probe", "--wait=false")

    def start_probe(self) -> None:
        pause = self.pause_image()
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "manual-probe", "namespace": "kube-system"},
            "spec": {
                "nodeName": self.name,
                "terminationGracePeriodSeconds": 1,
                "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "pause", "image": pause, "imagePullPolicy": "IfNotPresent"}],
            },
        }
        self.cluster.kubectl("create", "-f", "-", stdin=json.dumps(pod))

    def pause_image(self) -> str:
        flags = ssh.run(self.number, "cat /var/lib/kubelet/kubeadm-flags.env")
        return flags.split("--pod-infra-container-image=")[1].split()[0].strip('"')

    def all_run(self) -> bool:
        now = self.own_pods()
        probe = self.get("pod", "-n", "kube-system", "manual-probe")
        return self.runs(probe) and all(key in now and self.runs(now[key]) for key in self.pods_before)

    def figures(self, drained: float, cordoned: float) -> dict:
        node = [s for s in self.steps if s["part"] == "node"]
        by_name = {s["step"]: s for s in self.steps}
        return {
            "node": self.name,
            "target": self.target,
            "profile": self.cluster.profile.name,
            "measured": time.time(),
            "engine_s": node[-1]["ended"] - node[0]["began"],
            "kubelet_down_s": by_name["start_kubelet"]["began"] - by_name["stop_kubelet"]["ended"],
            "after_drain_s": by_name["uncordon"]["ended"] - drained,
            "unschedulable_s": by_name["uncordon"]["ended"] - cordoned,
            "steps": self.steps,
        }

    def run(self) -> dict:
        with step(f"preparing {self.name} by hand", "1 min"):
            self.prepare()
        # The same load on the nodes as in a measured run of the playbook.
        switch.start_prober()
        cordoned = time.time()
        with step(f"draining {self.name}", "80 s"):
            self.drain()
        drained = time.time()
        with step(f"switching {self.name} by hand", "1 min"):
            self.node_part()
            self.verify()
            with self.timed("uncordon"):
                self.cluster.kubectl("uncordon", self.name)
        switch.stop_prober()
        return self.figures(drained, cordoned)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--node", type=int, default=2)
    parser.add_argument("--target", choices=TARGETS, default="containerd", help="CRI-O: after ./lab serve repo-crio")
    parser.add_argument("--no-restore", action="store_true", help="the cluster is as fresh from a restore already")
    args = parser.parse_args()
    try:
        cluster = Cluster.running()
        if not args.no_restore:
            with host.lock():
                cluster.restore()
        figures = ManualBaseline(cluster, args.node, args.target).run()
    except LabError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    home = cache_dir() / "measure"
    home.mkdir(parents=True, exist_ok=True)
    (home / "manual.json").write_text(json.dumps(figures, indent=1))
    print(
        f"the manual baseline on {figures['node']} to {args.target}: "
        f"node's part {figures['engine_s']:.1f} s, kubelet down "
        f"{figures['kubelet_down_s']:.1f} s, window after the drain {figures['after_drain_s']:.1f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
