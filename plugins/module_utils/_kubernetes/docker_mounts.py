# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods and workloads that reach Docker through hostPath volumes, and would lose it. Pure: no I/O."""

import posixpath

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import (
    controller_of,
    host_paths,
    pod_spec_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Tuple

_SOCKETS = ("/run/docker.sock", "/run/dockershim.sock", "/run/cri-dockerd.sock")
_DATA = ("/var/lib/docker", "/etc/docker", "/run/docker", "/var/lib/dockershim")


def docker_path(path: "Optional[str]") -> "Optional[str]":
    """Why a hostPath gives a pod Docker: "socket", "data", "parent" (a directory above either), or None."""
    path = posixpath.normpath(path) if path else "/"
    path = "/" + path.lstrip("/")
    if path == "/var/run" or path.startswith("/var/run/"):
        path = path[len("/var") :]
    if path in _SOCKETS:
        return "socket"
    if any(path == data or path.startswith(data + "/") for data in _DATA):
        return "data"
    above = path.rstrip("/") + "/"
    if any(known.startswith(above) for known in _SOCKETS + _DATA):
        return "parent"
    return None


def docker_mounts(
    workloads: "Mapping[str, List[Dict[str, Any]]]", nodes: "Mapping[str, Dict[str, Any]]"
) -> "List[Dict[str, Any]]":
    """The workloads that mount Docker, then those pods of ``nodes`` that no such workload explains.

    ``workloads`` has objects by kind, ``nodes`` entries of node_entry() by name.
    """
    found = []
    for kind in sorted(workloads):
        for obj in workloads[kind]:
            if kind == "Job" and controller_of(obj)[0] == "CronJob":
                continue
            paths = _docker_paths(host_paths(pod_spec_of(obj)))
            if paths:
                found.append(_mount_entry(kind, obj["metadata"], paths))
    known = set((entry["kind"], entry["namespace"], entry["name"]) for entry in found)
    for node in sorted(nodes):
        for pod in nodes[node]["pods"]:
            paths = _docker_paths(pod["host_paths"])
            if paths and not _is_explained(pod, known):
                found.append(dict(_mount_entry("Pod", pod, paths), node=node))
    return found


def _docker_paths(paths: "Iterable[str]") -> "List[str]":
    return [path for path in paths if docker_path(path)]


def _mount_entry(kind: str, meta: "Mapping[str, Any]", paths: "List[str]") -> "Dict[str, Any]":
    return {
        "kind": kind,
        "namespace": meta["namespace"],
        "name": meta["name"],
        "paths": paths,
        "why": sorted(set(docker_path(path) or "" for path in paths)),
    }


def _is_explained(pod: "Dict[str, Any]", known: "Collection[Tuple[Any, Any, Any]]") -> bool:
    """Whether a pod is of a known workload. A ReplicaSet's or Job's name is that of what made it, and one more word."""
    kind, name, namespace = pod["owner_kind"], pod["owner_name"] or "", pod["namespace"]
    above = {"ReplicaSet": "Deployment", "Job": "CronJob"}.get(kind)
    return (kind, namespace, name) in known or (above, namespace, name.rpartition("-")[0]) in known
