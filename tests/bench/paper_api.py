"""An API server for nodes that exist on paper only: as much of it as a run asks for, with beats that go on."""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

VERSIONS = {"policy": "v1beta1", "batch": "v1", "node.k8s.io": "v1", "coordination.k8s.io": "v1"}

EMPTY = ("daemonsets", "deployments", "statefulsets", "jobs", "cronjobs", "csinodes", "runtimeclasses",
         "poddisruptionbudgets", "volumeattachments")


def stamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".%06dZ" % (time.time_ns() // 1000 % 1000000)


def merge(target: dict, patch: dict) -> None:
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            merge(target.setdefault(key, {}), value)
        else:
            target[key] = value


class Paper:
    """The nodes, each with pods of DaemonSets; ``folder``/phase/NODE says when one is on its target."""

    def __init__(self, names: list[str], pods: int, folder: Path) -> None:
        self.lock = threading.Lock()
        self.folder = folder
        self.nodes = {name: self._node(name) for name in names}
        self.pods = {name: [self._pod(name, number) for number in range(pods)] for name in names}
        self.others: dict[str, dict] = {}

    @staticmethod
    def _node(name: str) -> dict:
        return {
            "metadata": {"name": name, "uid": "uid-" + name, "resourceVersion": "1", "annotations": {}, "labels": {
                "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
            "spec": {"podCIDR": "10.0.0.0/24"},
            "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}, "addresses": [
                {"type": "InternalIP", "address": "192.0.2.7"}, {"type": "Hostname", "address": name}],
                "nodeInfo": {"kubeletVersion": "v1.23.17"}},
        }

    @staticmethod
    def _pod(node: str, number: int) -> dict:
        name = "agent-%d-%s" % (number, node)
        return {
            "metadata": {"name": name, "namespace": "agents", "uid": "uid-" + name, "ownerReferences": [{
                "kind": "DaemonSet", "name": "agent-%d" % number, "uid": "d%d" % number, "controller": True}]},
            "spec": {"nodeName": node, "terminationGracePeriodSeconds": 30, "containers": [
                {"name": "agent", "image": "registry.example.com/agents/agent-%d:1.0" % number}]},
        }

    def runtime(self, node: str) -> str:
        return "containerd" if (self.folder / "phase" / node).exists() else "docker"

    def node(self, name: str) -> dict:
        node = self.nodes[name]
        node["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastHeartbeatTime": stamp()}]
        version = {"docker": "docker://20.10.24", "containerd": "containerd://1.6.20"}[self.runtime(name)]
        node["status"]["nodeInfo"]["containerRuntimeVersion"] = version
        return node

    def living(self, pod: dict) -> dict:
        identity = "%s://%s" % (self.runtime(pod["spec"]["nodeName"]), pod["metadata"]["name"])
        return dict(pod, status={
            "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"containerID": identity, "imageID": "sha256:0", "ready": True}]})

    def answer(self, method: str, path: str, query: dict, body: dict) -> tuple[int, dict]:
        if path == "/version":
            return 200, {"major": "1", "minor": "23", "gitVersion": "v1.23.17"}
        if path.endswith("/selfsubjectaccessreviews"):
            return 201, {"status": {"allowed": True}}
        node = re.match(r"/api/v1/nodes/([^/]+)$", path)
        if node:
            if method == "PATCH":
                merge(self.nodes[node.group(1)], body)
            return 200, self.node(node.group(1))
        if path == "/api/v1/nodes":
            return 200, {"items": [self.node(name) for name in self.nodes]}
        if path == "/api/v1/pods":
            of = query.get("fieldSelector", ["spec.nodeName="])[0].partition("spec.nodeName=")[2].partition(",")[0]
            return 200, {"items": [self.living(pod) for name in ([of] if of else self.pods) for pod in self.pods[name]]}
        if "/kube-node-lease/leases/" in path:
            return 200, {"spec": {"renewTime": stamp()}}
        owner = re.match(r".*/namespaces/agents/daemonsets/agent-(\d+)$", path)
        if owner:
            return 200, {"metadata": {"name": "agent-" + owner.group(1), "uid": "d" + owner.group(1)}}
        group = re.match(r"/apis/([^/]+)$", path)
        if group:
            return 200, {"versions": [{"version": VERSIONS[group.group(1)]}]}
        return self.other(method, path, body)

    def other(self, method: str, path: str, body: dict) -> tuple[int, dict]:
        """Objects that nobody has made yet: probe pods, Leases."""
        if method == "POST":
            path += "/" + body["metadata"]["name"]
            body["metadata"].update(uid="u", resourceVersion="1")
            self.others[path] = body
            return 201, body
        if method == "PATCH" and path in self.others:
            merge(self.others[path], body)
        if method == "DELETE":
            self.others.pop(path, None)
            return 200, {}
        if path in self.others:
            made = self.others[path]
            return 200, self.living(made) if "nodeName" in made.get("spec", {}) else made
        if path.rpartition("/")[2] in EMPTY:
            return 200, {"items": []}
        return 404, {"kind": "Status", "message": "not on paper: " + path}


def serve(paper: Paper) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _do(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            with paper.lock:
                status, answer = paper.answer(self.command, parts.path, parse_qs(parts.query), body)
                text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _do

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
