"""An API server for simulated nodes: as much of it as a run asks for, with beats that go on."""

from __future__ import annotations

import collections
import itertools
import json
import queue
import re
import select
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

VERSIONS = {"policy": "v1beta1", "batch": "v1", "node.k8s.io": "v1", "coordination.k8s.io": "v1"}
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
DAEMONS = 6  # pods of a node that are of DaemonSets; the others are evicted
GRACE = 1.0  # seconds that a pod takes to end
COLUMNS = [{"name": "Name"}, {"name": "Ready"}, {"name": "Status"}]
RESOURCE = re.compile(r"/(?:api|apis/[^/]+)/v\w+(?:/namespaces/[^/]+)?/([^/]+)(?:/[^/]+(/[^/]+)?)?$")


def stamp(fraction: bool = True) -> str:
    now = time.time_ns()
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 10**9))
    return text + (".%06dZ" % (now // 1000 % 10**6) if fraction else "Z")


def merge(target: dict, patch: dict) -> None:
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            merge(target.setdefault(key, {}), value)
        else:
            target[key] = value


def status(code: int, message: str) -> tuple[int, dict]:
    return code, {"kind": "Status", "code": code, "message": message}


def owner(kind: str, name: str) -> dict:
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "uid-" + name, "controller": True}


def busiest(per_second: Mapping[int, int], seconds: int) -> float:
    """The highest rate, in requests a second, over so many seconds."""
    return max(sum(per_second.get(begin + n, 0) for n in range(seconds)) / seconds for begin in per_second)


class SimulatedCluster:
    """The nodes with their pods; ``folder``/phase/NODE says when one is on its target.

    An evicted pod ends after its grace, and another is made on a node that takes pods: one that was switched, if any.
    ``asked`` counts the requests, ``per_second`` by when they came.
    """

    def __init__(self, names: list[str], pods: int, folder: Path) -> None:
        self.changed = threading.Condition()
        self.folder = folder
        self.asked: collections.Counter[str] = collections.Counter()
        self.per_second: collections.Counter[int] = collections.Counter()
        self.versions = itertools.count(1)
        self.version = 0
        self.events: dict[str, list[tuple[int, str, dict]]] = {name: [] for name in names}
        self.nodes = {name: self._node(name) for name in names}
        self.daemons = min(DAEMONS, pods)
        self.apps = pods - self.daemons
        self.pods: dict[str, dict[str, dict]] = {name: {} for name in names}
        for name in names:
            for number in range(self.daemons):
                self._add(name, "agents", f"agent-{number}-{name}", owner("DaemonSet", f"agent-{number}"))
            for number in range(self.apps):
                self._add(name, "shop", f"web-{number}-5d9c-{name}", owner("ReplicaSet", f"web-{number}-5d9c"))
        for component in COMPONENTS:
            self._add(names[0], "kube-system", f"{component}-{names[0]}", None, component)
        self.others: dict[str, dict] = {}
        self.ending: queue.SimpleQueue[tuple[float, str, str]] = queue.SimpleQueue()
        threading.Thread(target=self._end, daemon=True).start()

    def _node(self, name: str) -> dict:
        return {
            "metadata": {
                "name": name,
                "uid": "uid-" + name,
                "resourceVersion": self._next(),
                "annotations": {},
                "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"},
            },
            "spec": {"podCIDR": "10.0.0.0/24"},
            "status": {
                "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
                "addresses": [{"type": "InternalIP", "address": "192.0.2.7"}, {"type": "Hostname", "address": name}],
                "nodeInfo": {"kubeletVersion": "v1.23.17"},
            },
        }

    def _next(self) -> str:
        self.version = next(self.versions)
        return str(self.version)

    def _add(self, node: str, namespace: str, name: str, controller: dict | None, component: str = "") -> None:
        meta: dict[str, Any] = {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{name}",
            "resourceVersion": self._next(),
            "creationTimestamp": stamp(fraction=False),
        }
        if controller:
            meta.update(ownerReferences=[controller], labels={"app": controller["name"]})
        else:
            meta.update(annotations={"kubernetes.io/config.mirror": "x"}, labels={"component": component})
        image = f"registry.example.com/{namespace}/{(controller or {'name': component})['name']}:1.0"
        self.pods[node][name] = {
            "metadata": meta,
            "spec": {
                "nodeName": node,
                "terminationGracePeriodSeconds": 30,
                "containers": [{"name": "main", "image": image}],
            },
        }
        self._add_event(node, "ADDED", name, "Running")

    def _add_event(self, node: str, kind: str, name: str, state: str) -> None:
        """An event as a watcher gets it that asked for rows only."""
        table = {
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": {"resourceVersion": str(self.version)},
            "columnDefinitions": COLUMNS,
            "rows": [{"cells": [name, "1/1", state], "object": None}],
        }
        self.events[node].append((self.version, kind, table))

    def _evict(self, name: str) -> tuple[int, dict]:
        node = next((node for node, pods in self.pods.items() if name in pods), None)
        if node is None:
            return status(404, f'pods "{name}" not found')
        meta = self.pods[node][name]["metadata"]
        if "deletionTimestamp" not in meta:
            meta.update(deletionTimestamp=stamp(fraction=False), resourceVersion=self._next())
            self._add_event(node, "MODIFIED", name, "Terminating")
            self.ending.put((time.monotonic() + GRACE, node, name))
        return 201, {"kind": "Status", "status": "Success"}

    def _end(self) -> None:
        while True:
            when, node, name = self.ending.get()
            time.sleep(max(0.0, when - time.monotonic()))
            with self.changed:
                pod = self.pods[node].pop(name)
                number = self._next()
                self._add_event(node, "DELETED", name, "Terminating")
                (controller,) = pod["metadata"]["ownerReferences"]
                taking = [name for name in self.nodes if not self.nodes[name]["spec"].get("unschedulable")]
                taking = [name for name in taking if self.runtime(name) == "containerd"] or taking
                if taking:
                    emptiest = min(taking, key=lambda name: len(self.pods[name]))
                    self._add(emptiest, "shop", f"{controller['name']}-{number}", controller)
                self.changed.notify_all()

    def runtime(self, node: str) -> str:
        return "containerd" if (self.folder / "phase" / node).exists() else "docker"

    def node(self, name: str) -> dict:
        node = self.nodes[name]
        node["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastHeartbeatTime": stamp()}]
        version = {"docker": "docker://20.10.24", "containerd": "containerd://1.6.20"}[self.runtime(name)]
        node["status"]["nodeInfo"]["containerRuntimeVersion"] = version
        return node

    def living(self, pod: dict) -> dict:
        identity = f"{self.runtime(pod['spec']['nodeName'])}://{pod['metadata']['name']}"
        return dict(
            pod,
            status={
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"containerID": identity, "imageID": "sha256:0", "ready": True}],
            },
        )

    def _workload(self, kind: str, name: str, pods: int) -> dict:
        return {
            "kind": kind,
            "metadata": {"name": name, "namespace": "agents" if kind == "DaemonSet" else "shop", "uid": "uid-" + name},
            "spec": {"replicas": pods},
            "status": {"readyReplicas": pods, "numberReady": pods, "desiredNumberScheduled": pods},
        }

    def _lease(self, name: str) -> dict:
        return {"metadata": {"name": name}, "spec": {"renewTime": stamp(), "leaseDurationSeconds": 40}}

    def _page(self, items: list, query: dict) -> tuple[int, dict]:
        start, limit = int(query.get("continue", "0")), int(query.get("limit", "500"))
        more = {"continue": str(start + limit)} if start + limit < len(items) else {}
        return 200, {"metadata": {"resourceVersion": str(self.version), **more}, "items": items[start : start + limit]}

    def _pods_of(self, path: str, query: dict) -> list[dict]:
        of = re.search(r"spec.nodeName=([^,]+)", query.get("fieldSelector", ""))
        label = re.match(r"component in \((.*)\)", query.get("labelSelector", ""))
        found = [pod for name in ([of.group(1)] if of else self.pods) for pod in self.pods[name].values()]
        if "/namespaces/" in path:
            found = [pod for pod in found if pod["metadata"]["namespace"] == path.split("/")[4]]
        if label:
            found = [p for p in found if p["metadata"]["labels"].get("component") in label.group(1).split(",")]
        return found

    def answer(self, method: str, path: str, query: dict, body: dict) -> tuple[int, dict]:
        if path == "/version":
            return 200, {"major": "1", "minor": "23", "gitVersion": "v1.23.17"}
        if path == "/apis":
            return 200, {"groups": [{"name": name} for name in VERSIONS]}
        if path == "/api/v1":
            return 200, {"resources": [{"name": "pods/eviction", "group": "policy", "version": "v1"}]}
        if path in (f"/apis/{group}" for group in VERSIONS):
            return 200, {"versions": [{"version": VERSIONS[path.rpartition("/")[2]]}]}
        if path.endswith("/selfsubjectaccessreviews"):
            return 201, {"status": {"allowed": True}}
        found = RESOURCE.match(path)
        resource, part = found.groups() if found else ("", "")
        name = path.split("/")[-2 if part else -1]
        if method == "GET" and name == resource:
            return self._list(path, resource, query)
        if resource == "nodes" and name in self.nodes:
            return self._patched(self.nodes[name], body) if method == "PATCH" else (200, self.node(name))
        if part == "/eviction":
            return self._evict(name)
        if "/kube-node-lease/leases/" in path:
            return 200, self._lease(name)
        if resource in ("daemonsets", "replicasets"):
            return 200, self._workload("DaemonSet" if resource == "daemonsets" else "Scale", name, len(self.nodes))
        return self._other(method, path, body)

    def _list(self, path: str, resource: str, query: dict) -> tuple[int, dict]:
        items: list[dict] = []
        if resource == "nodes":
            items = [self.node(name) for name in self.nodes]
        elif resource == "pods":
            code, answer = self._page(self._pods_of(path, query), query)
            return code, dict(answer, items=[self.living(pod) for pod in answer["items"]])
        elif "/kube-node-lease/leases" in path:
            items = [self._lease(name) for name in self.nodes]
        elif resource == "daemonsets":
            items = [self._workload("DaemonSet", f"agent-{n}", len(self.nodes)) for n in range(self.daemons)]
        elif resource == "deployments":
            items = [self._workload("Deployment", f"web-{n}", len(self.nodes)) for n in range(self.apps)]
        return self._page(items, query)

    def _patched(self, obj: dict, patch: dict) -> tuple[int, dict]:
        wanted = (patch.get("metadata") or {}).get("resourceVersion")
        if wanted and wanted != obj["metadata"]["resourceVersion"]:
            return status(409, "the object has been modified")
        merge(obj, patch)
        obj["metadata"]["resourceVersion"] = self._next()
        return 200, obj

    def _other(self, method: str, path: str, body: dict) -> tuple[int, dict]:
        """Objects that nobody has made yet: probe pods, the rollout's Lease."""
        if method == "POST":
            path += "/" + body["metadata"]["name"]
            if path in self.others:
                return status(409, "already exists")
            body["metadata"].update(uid="u", resourceVersion=self._next(), creationTimestamp=stamp(fraction=False))
            self.others[path] = body
            return 201, body
        if path not in self.others:
            return status(404, "not simulated: " + path)
        made = self.others[path]
        if method == "DELETE":
            return 200, self.others.pop(path)
        if method == "PATCH":
            return self._patched(made, body)
        if method == "PUT":
            patch = {key: value for key, value in body.items() if key != "metadata"}
            return self._patched(made, dict(patch, metadata=body["metadata"]))
        return 200, self.living(made) if "nodeName" in made.get("spec", {}) else made

    def watch(self, query: dict) -> Iterator[tuple[str, dict] | None]:
        """(type, Table of one row) of each change to a node's pods, for timeoutSeconds; None now and then."""
        node = query["fieldSelector"].partition("=")[2]
        seen, end = int(query["resourceVersion"]), time.monotonic() + int(query["timeoutSeconds"])
        while time.monotonic() < end:
            with self.changed:
                fresh = [event for event in self.events[node] if event[0] > seen]
                if not fresh:
                    self.changed.wait(min(5.0, max(0.0, end - time.monotonic())))
            for version, kind, table in fresh:
                seen = version
                yield kind, table
            if not fresh:
                yield None


def serve(simulated: SimulatedCluster) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _do(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            found = RESOURCE.match(parts.path)
            verb = "WATCH" if "watch" in query else self.command
            what = "".join(part or "" for part in found.groups()) if found else parts.path
            with simulated.changed:
                simulated.asked[f"{verb} {what}"] += 1
                simulated.per_second[int(time.monotonic())] += 1
                if parts.path == "/readyz":
                    code, text = 200, b"ok"
                elif verb != "WATCH":
                    code, answer = simulated.answer(self.command, parts.path, query, body)
                    text = json.dumps(answer).encode()
                    simulated.changed.notify_all()
            if verb == "WATCH":
                self._watch(query)
                return
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _watch(self, query: dict) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in simulated.watch(query):
                if select.select([self.connection], [], [], 0)[0]:
                    self.close_connection = True  # whoever watched has gone
                    return
                if event:
                    line = json.dumps({"type": event[0], "object": event[1]}).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.write(b"0\r\n\r\n")

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _do

        def log_message(self, *_) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # a batch of drains connects at once

        def handle_error(self, *args) -> None:
            # A client may go away in the middle.
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(*args)

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
