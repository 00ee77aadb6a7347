#!/usr/bin/env python3
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_drain against `kubectl drain`: seconds, API requests, bytes on the wire and memory, on the same API server.

usage: ./lab exec python tests/performance/bench/drain.py [--sizes 1x110,1000x20] [--rounds 3] [--grace 2]

A size is nodes x pods of each. Both tools drain nodes of the same make, in turn; the table has the medians. Requests
are counted by the server's audit log, bytes by a proxy in front of it (TLS included), memory is the process's largest.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

TOP = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / "collections"), str(TOP / "tests" / "api")]

from control_plane import Broken, ControlPlane  # noqa: E402
from fakes import running  # noqa: E402
from proxy import Proxy  # noqa: E402

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client as kube_client  # noqa: E402
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import rate_limit  # noqa: E402

USER = "rollout"  # whom the measured tools are; the harness itself is admin
SPARE = 2  # nodes of which DaemonSet pods are cloned
POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "users": [USER]}, {"level": "None"}],
}
MODULE = """
import importlib, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.stdin.buffer.read(), "legacy"
importlib.import_module("ansible_collections.cri.switchover.plugins.modules.node_drain").main()
"""


def unlimited(client: kube_client.Client) -> kube_client.Client:
    client._buckets = [rate_limit.Bucket(qps=1e6, burst=10**6)]
    return client


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


class Etcd:
    """Puts copies of what the API server has stored, as it has stored it: thousands of objects in seconds."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/v3/kv/"

    def _post(self, what: str, body: dict) -> dict:
        request = urllib.request.Request(self._url + what, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def read(self, key: str) -> bytes:
        found = self._post("range", {"key": encoded(key.encode())})
        return base64.b64decode(found["kvs"][0]["value"])

    def write(self, objects: list[tuple[str, bytes]]) -> None:
        for start in range(0, len(objects), 100):
            some = objects[start : start + 100]
            puts = [{"key": encoded(key.encode()), "value": encoded(value)} for key, value in some]
            self._post("txn", {"success": [{"requestPut": put} for put in puts]})


def pod_template(name: str, controller: dict) -> dict:
    """As large as pods are."""
    env = [{"name": f"SETTING_{number}", "value": f"value-{number}"} for number in range(12)]
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10}
    container = {
        "name": "main",
        "image": "registry.example.com/shop/web:1.2.3",
        "env": env,
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "livenessProbe": probe,
        "readinessProbe": probe,
        "volumeMounts": [{"name": "config", "mountPath": "/etc/web"}],
    }
    return {
        "metadata": {"name": name, "labels": {"app": "web", "tier": "front"}, "ownerReferences": [controller]},
        "spec": {
            "nodeName": "n0000",
            "containers": [container],
            "volumes": [{"name": "config", "configMap": {"name": "web"}}],
        },
    }


class Fleet:
    """Nodes n0000 and on; their pods belong to ReplicaSets of three, and two of each node to DaemonSets."""

    def __init__(self, plane: ControlPlane, nodes: int, pods: int) -> None:
        self.client = unlimited(plane.client())
        self.etcd = Etcd(plane.etcd_port)
        self.count, self.pods = nodes, pods
        self._make()

    def _template(self, kind: str, name: str) -> tuple[str, bytes]:
        spec: dict = {"selector": {"matchLabels": {"app": "web"}}}
        pod_spec = {"containers": [{"name": "main", "image": "web:1"}]}
        template = {"metadata": {"labels": {"app": "web"}}, "spec": pod_spec}
        if kind == "ReplicaSet":
            spec["replicas"] = 3
        body = {"metadata": {"name": name}, "spec": {**spec, "template": template}}
        made = self.client.post(f"/apis/apps/v1/namespaces/default/{kind.lower()}s", body)
        return made["metadata"]["uid"], self.etcd.read(f"/registry/{kind.lower()}s/default/{name}")

    def _pod(self, name: str, kind: str, owner: str, uid: str) -> tuple[str, bytes]:
        controller = {"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": uid, "controller": True}
        made = self.client.post("/api/v1/namespaces/default/pods", pod_template(name, controller))
        path = f"/api/v1/namespaces/default/pods/{name}/status"
        self.client.patch(path, {"status": running("docker", made["metadata"]["uid"])})
        return made["metadata"]["uid"], self.etcd.read(f"/registry/pods/default/{name}")

    def _make(self) -> None:
        self.client.post("/api/v1/nodes", {"metadata": {"name": "n0000"}})
        node = self.client.get("/api/v1/nodes/n0000")["metadata"]["uid"]
        node_raw = self.etcd.read("/registry/minions/n0000")
        set_uid, set_raw = self._template("ReplicaSet", "set-xxxxxx")
        agent_uid, _raw = self._template("DaemonSet", "agent")
        pod_uid, pod_raw = self._pod("web-xxxxxx", "ReplicaSet", "set-xxxxxx", set_uid)
        agent_pod_uid, agent_raw = self._pod("agent-xxxxxx", "DaemonSet", "agent", agent_uid)

        def swap(raw: bytes, changes: dict[str, str]) -> bytes:
            for old, new in changes.items():
                assert len(old) == len(new) and old.encode() in raw, (old, new)
                raw = raw.replace(old.encode(), new.encode())
            return raw

        objects, number = [], 0
        sets: dict[str, str] = {}
        for index in range(1, self.count + 1):
            name = f"n{index:04}"
            objects.append((f"/registry/minions/{name}", swap(node_raw, {"n0000": name, node: str(uuid.uuid4())})))
            for pod in range(self.pods):
                number += 1
                if pod < SPARE:
                    names = {"agent-xxxxxx": f"agent-{number:06}", "n0000": name, agent_pod_uid: str(uuid.uuid4())}
                    objects.append((f"/registry/pods/default/agent-{number:06}", swap(agent_raw, names)))
                    continue
                made = f"set-{number // 3:06}"
                if made not in sets:
                    sets[made] = str(uuid.uuid4())
                    raw = swap(set_raw, {"set-xxxxxx": made, set_uid: sets[made]})
                    objects.append((f"/registry/replicasets/default/{made}", raw))
                names = {"web-xxxxxx": f"web-{number:06}", pod_uid: str(uuid.uuid4()), "n0000": name}
                raw = swap(pod_raw, {**names, "set-xxxxxx": made, set_uid: sets[made]})
                objects.append((f"/registry/pods/default/web-{number:06}", raw))
        self.etcd.write(objects)
        budget = {"minAvailable": 0, "selector": {"matchLabels": {"app": "web"}}}
        budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
        self.client.post(budgets, {"metadata": {"name": "web"}, "spec": budget})
        deadline = time.monotonic() + 300
        while self.client.get(f"{budgets}/web").get("status", {}).get("disruptionsAllowed", 0) < self.pods:
            assert time.monotonic() < deadline, "the budget is not counted"
            time.sleep(1)


class Kubelet(threading.Thread):
    """Ends the pods of a node, each `grace` seconds after it was asked to."""

    def __init__(self, plane: ControlPlane, node: str, grace: float) -> None:
        super().__init__(daemon=True)
        self.client, self.node, self.grace = unlimited(plane.client()), node, grace
        self._ends: dict[str, float] = {}
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()
        self.start()

    def _watch(self) -> None:
        where = {"fieldSelector": f"spec.nodeName={self.node}"}
        _pods, version = self.client.listing("/api/v1/pods", {**where, "resourceVersion": "0"})
        with contextlib.suppress(kube_client.KubeError):  # the server is killed while it watches
            for kind, row, _version in self.client.watch("/api/v1/pods", {**where, "resourceVersion": version}, 600):
                if kind != "DELETED" and row["Status"] == "Terminating":
                    self._ends.setdefault(row["Name"], time.monotonic() + self.grace)

    def run(self) -> None:
        done = set()
        while not self._over.wait(0.05):
            for name, at in list(self._ends.items()):
                if name not in done and at <= time.monotonic():
                    done.add(name)
                    self.client.delete(f"/api/v1/namespaces/default/pods/{name}", {"gracePeriodSeconds": 0})

    def stop(self) -> None:
        self._over.set()
        self.join()


class Memory(threading.Thread):
    """The largest resident size of a process, in KiB. What wait() returns counts its parent, too."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.largest = pid, 0
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while line := re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text()):
                self.largest = int(line[1])
                time.sleep(0.03)


class Bench:
    def __init__(self, plane: ControlPlane, audit: pathlib.Path, grace: float) -> None:
        self.plane, self.audit, self.grace = plane, audit, grace
        self.metrics = unlimited(plane.client())

    def _cpu(self) -> float:
        answer = self.metrics._send("GET", "/metrics", None, None, None)
        for line in answer.data.decode().splitlines():
            if line.startswith("process_cpu_seconds_total"):
                return float(line.split()[1])
        raise ValueError("no CPU time in the API server's metrics")

    def measure(self, tool: str, node: str) -> dict:
        kubelet = Kubelet(self.plane, node, self.grace)
        with Proxy(self.plane.port) as proxy:
            kubeconfig = str(self.plane.kubeconfig(USER, proxy.port))
            if tool == "kubectl":
                argv = [self.plane.programs["kubectl"], f"--kubeconfig={kubeconfig}", "drain", node]
                argv += ["--ignore-daemonsets", "--timeout=300s"]
                given = b""
            else:
                argv = [sys.executable, "-c", MODULE]
                arguments = {"name": node, "state": "drained", "run_id": "bench", "timeout": 300}
                arguments["kubeconfig"] = kubeconfig
                given = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
            time.sleep(1)
            start, cpu, began = self.audit.stat().st_size, self._cpu(), time.monotonic()
            env = {**os.environ, "PYTHONPATH": str(TOP / "collections"), "HOME": str(self.plane.directory)}
            process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env
            )
            assert process.stdin and process.stdout
            process.stdin.write(given)
            process.stdin.close()
            memory = Memory(process.pid)
            output = process.stdout.read().decode()
            _pid, status, usage = os.wait4(process.pid, 0)
            memory.join()
            seconds = time.monotonic() - began
            process.returncode = status
            assert status == 0, f"{tool} failed:\n{output[-2000:]}"
            cpu = self._cpu() - cpu
            time.sleep(1)
            verbs = self._requests(start)
        kubelet.stop()
        return {
            "seconds": seconds,
            "requests": sum(verbs.values()),
            "KiB": (proxy.sent + proxy.received) / 1024,
            "MiB memory": memory.largest / 1024,
            "tool CPU s": usage.ru_utime + usage.ru_stime,
            "server CPU s": cpu,
            "verbs": verbs,
            "timings": json.loads(output)["timings"] if tool == "node_drain" else {},
        }

    def _requests(self, start: int) -> dict[str, int]:
        verbs: dict[str, int] = {}
        with open(self.audit, encoding="utf-8") as log:
            log.seek(start)
            for line in log:
                event = json.loads(line)
                if event["stage"] != "ResponseStarted":  # of a watch, which has an end too
                    verbs[event["verb"]] = verbs.get(event["verb"], 0) + 1
        return verbs


COLUMNS = ("seconds", "requests", "KiB", "MiB memory", "tool CPU s", "server CPU s")


def bench(size: str, rounds: int, grace: float) -> None:
    nodes, pods = (int(number) for number in size.split("x"))
    with tempfile.TemporaryDirectory(prefix="cri-bench-") as name:
        directory = pathlib.Path(name)
        policy, audit = directory / "policy.json", directory / "audit.log"
        policy.write_text(json.dumps(POLICY))
        audit.touch()
        arguments = [f"--audit-policy-file={policy}", f"--audit-log-path={audit}"]
        with ControlPlane(directory, apiserver_arguments=arguments) as plane:
            grant(plane)
            began = time.monotonic()
            fleet = Fleet(plane, max(nodes, 2 * rounds), pods)
            made = f"{fleet.count} nodes, {fleet.count * pods} pods"
            took = time.monotonic() - began
            print(f"\n{made}, made in {took:.0f} s; each pod ends {grace:g} s after it was asked to", flush=True)
            run = Bench(plane, audit, grace)
            found: dict[str, list[dict]] = {"kubectl": [], "node_drain": []}
            for index in range(2 * rounds):
                tool = ("kubectl", "node_drain")[index % 2]
                found[tool].append(run.measure(tool, f"n{index + 1:04}"))
    print(f"{'':12}" + "".join(f"{column:>14}" for column in COLUMNS))
    for tool, results in found.items():
        medians = [statistics.median(result[column] for result in results) for column in COLUMNS]
        last = results[-1]
        print(f"{tool:12}" + "".join(f"{median:14.1f}" for median in medians), "", last["verbs"], last["timings"])


def grant(plane: ControlPlane) -> None:
    api = "rbac.authorization.k8s.io"
    body = {
        "metadata": {"name": "bench"},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": api, "kind": "User", "name": USER}],
    }
    deadline = time.monotonic() + 30
    while True:
        try:
            plane.client().post(f"/apis/{api}/v1/clusterrolebindings", body)
            return
        except kube_client.KubeError as exc:
            # The server makes its own roles a moment after it is ready.
            if exc.status != 404 or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1x110,1000x20", help="nodes x pods of each, comma-separated")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--grace", type=float, default=2, help="seconds until a pod has ended")
    given = parser.parse_args()
    try:
        for size in given.sizes.split(","):
            bench(size, given.rounds, given.grace)
    except Broken as exc:
        print(exc, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
