#!/usr/bin/env python3
"""Watches Nodes and Pods through the API and writes one JSON line for every change that matters to a node's window.

usage: observer.py OUTPUT      (inside the lab's network; KUBECONFIG as usual; ends with SIGTERM)

{"at", "node", "unschedulable", "ready", "runtime"}     the Node object changed in one of these
{"at", "node", "evictable"}                             so many pods that a drain has to remove are bound to the node
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any


def entries(path: Path) -> list[dict]:
    """A line that is still being written is left out."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.endswith("\n")]


def node_changes(seen: Iterable[dict], node: str) -> list[dict]:
    return [entry for entry in seen if entry["node"] == node and "runtime" in entry]


def unschedulable_spans(seen: Iterable[dict], node: str, until: float) -> list[tuple[float, float]]:
    """(from, to) of each time that the node took no pods; the last one may last until the end."""
    spans, since = [], None
    for entry in node_changes(seen, node):
        if entry["unschedulable"] and since is None:
            since = entry["at"]
        elif not entry["unschedulable"] and since is not None:
            spans.append((since, entry["at"]))
            since = None
    return spans + ([(since, until)] if since is not None else [])


def unschedulable_seconds(seen: Iterable[dict], node: str, until: float) -> float:
    return sum(ended - began for began, ended in unschedulable_spans(seen, node, until))


def window(seen: list[dict], node: str) -> dict[str, float] | None:
    """The node's last window: cordoned, drained (no pod to evict is left), uncordoned; None without a whole one."""
    cordoned = uncordoned = None
    for entry in node_changes(seen, node):
        if entry["unschedulable"] and (cordoned is None or uncordoned is not None):
            cordoned, uncordoned = entry["at"], None
        elif not entry["unschedulable"] and cordoned is not None and uncordoned is None:
            uncordoned = entry["at"]
    if cordoned is None or uncordoned is None:
        return None
    loads = [(e["at"], e["evictable"]) for e in seen if e["node"] == node and "evictable" in e and e["at"] < uncordoned]
    before = [load for at, load in loads if at <= cordoned]
    emptied = [at for at, load in loads if at > cordoned and not load]
    drained = cordoned if before and not before[-1] else next(iter(emptied), uncordoned)
    return {"cordoned": cordoned, "drained": drained, "uncordoned": uncordoned}


# ---- watching --------------------------------------------------------------------------------------------------------


def evictable(pod: dict) -> bool:
    owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])}
    return not owners & {"DaemonSet", "Node"}


class Observer:
    def __init__(self, output: IO[str]):
        self._output = output
        self._lock = threading.Lock()
        self._nodes: dict[str, dict] = {}
        self._pods: dict[str, str] = {}  # uid -> node
        self._load: dict[str, int] = {}

    def _write(self, entry: dict) -> None:
        with self._lock:
            self._output.write(json.dumps({"at": round(time.time(), 3), **entry}) + "\n")
            self._output.flush()

    def node(self, event: dict) -> None:
        node = event["object"]
        name = node["metadata"]["name"]
        ready = [c["status"] for c in node["status"].get("conditions", []) if c["type"] == "Ready"]
        state = {
            "node": name,
            "unschedulable": bool(node["spec"].get("unschedulable")),
            "ready": ready == ["True"],
            "runtime": node["status"]["nodeInfo"]["containerRuntimeVersion"],
        }
        if self._nodes.get(name) != state:
            self._nodes[name] = state
            self._write(state)
        if name not in self._load:
            self._count(name)

    def pod(self, event: dict) -> None:
        pod = event["object"]
        uid, node = pod["metadata"]["uid"], pod["spec"].get("nodeName")
        if not node or not evictable(pod):
            return
        if event["type"] == "DELETED":
            self._pods.pop(uid, None)
        else:
            self._pods[uid] = node
        self._count(node)

    def _count(self, node: str) -> None:
        load = sum(1 for other in list(self._pods.values()) if other == node)
        if self._load.get(node) != load:
            self._load[node] = load
            self._write({"node": node, "evictable": load})


def events(read: Any) -> Iterator[dict]:
    """Every object there is, then every change, from one watch; the bodies stay plain JSON."""
    answer = read(watch=True, _preload_content=False, _request_timeout=(5, 3600))
    rest = b""
    for chunk in answer.stream(None, decode_content=False):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (json.loads(line) for line in lines if line)


def follow(read: Any, note: Any) -> None:
    """A watch ends now and then, and with the API server at every restore of the lab: begin anew."""
    while True:
        try:
            for event in events(read):
                if event["type"] in ("ADDED", "MODIFIED", "DELETED"):
                    note(event)
        except Exception as error:  # whatever the connection raises
            print(f"{time.time():.3f} watch ended: {error}", file=sys.stderr, flush=True)
        time.sleep(0.5)


def main() -> None:
    import kubernetes

    kubernetes.config.load_kube_config()
    api = kubernetes.client.CoreV1Api()
    with open(sys.argv[1], "w", encoding="utf-8") as output:
        observer = Observer(output)
        threading.Thread(target=follow, args=(api.list_pod_for_all_namespaces, observer.pod), daemon=True).start()
        follow(api.list_node, observer.node)


if __name__ == "__main__":
    main()
