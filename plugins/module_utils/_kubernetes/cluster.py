# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster says of its nodes before a run: gather() makes the ``cluster`` of the module cluster_info."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import (
    external_controllers,
    owners,
    runtime_classes,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.budgets import pdb_entry, read_pdbs
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.capacity import capacity_entry
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.control_plane import (
    check_apiservers,
    read_apiservers,
    read_control_plane,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.docker_mounts import docker_mounts
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import node_entry, pod_entry
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import is_on_docker
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import (
    NODES,
    group_version,
    nodes_one_by_one,
    pods_by_node,
    server_seconds,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rights import (
    ENDPOINTS_RIGHT,
    missing_rights,
    read_rights,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.runner import read_runner_node
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.workloads import baseline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Object = Dict[str, Any]
    Workloads = Dict[str, List[Object]]  # by kind


def gather(
    client: "Client",
    wanted: "Optional[Sequence[str]]" = None,
    probe_namespace: str = "kube-system",
    topology_key: "Optional[str]" = None,
) -> "Object":
    """The ``cluster`` of the module cluster_info, whose arguments these are. Raises nothing that the API causes.

    What a missing right hides is left empty, and the right is named.
    """
    try:
        version = client.get("/version")
        cluster = {
            "reachable": True,
            "server": client.server,
            "server_version": version.get("gitVersion"),
            "server_minor": list(minor_version(version)),
        }
        cluster["rights"] = read_rights(client, probe_namespace)
        cluster["missing_rights"] = missing_rights(cluster["rights"])
        _read_cluster(client, cluster, wanted, topology_key)
        return cluster
    except KubeError as exc:
        return unreachable(exc, client.server)


def unreachable(exc: KubeError, server: "Optional[str]" = None) -> "Object":
    """The ``cluster`` of an API that could not be read. ``server`` is its URL."""
    return {
        "reachable": False,
        "error": {"reason": exc.reason, "msg": exc.message, "details": exc.details},
        "server": server,
        "server_version": None,
        "server_minor": [0, 0],
        "rights": {},
        "missing_rights": [],
        "nodes": {},
        "missing_nodes": [],
        "node_names": [],
        "docker_nodes": [],
        "pdbs": [],
        "docker_mounts": [],
        "capacity": {},
        "baseline": {},
        "runtime_classes": [],
        "runner": {"on_node": None},
        "external_controllers": {"kured": None, "groups": []},
    }


def minor_version(version: "Mapping[str, Any]") -> "Tuple[int, int]":
    """(1, 23) from the answer of /version, whose minor may be "23+"."""

    def digits(text: "Any") -> int:
        return int("".join(char for char in str(text) if char.isdigit()) or 0)

    return digits(version.get("major")), digits(version.get("minor"))


def _read_cluster(
    client: "Client", cluster: "Object", wanted: "Optional[Sequence[str]]", topology_key: "Optional[str]"
) -> None:
    """Fill the rest of a ``cluster`` whose version and rights are known."""
    rights = cluster["rights"]
    all_nodes = _read_nodes(client, rights, wanted or [])
    cluster["node_names"] = sorted(all_nodes)
    cluster["docker_nodes"] = [name for name in cluster["node_names"] if is_on_docker(all_nodes[name])]
    names = sorted(set(wanted) if wanted else all_nodes)
    cluster["missing_nodes"] = [name for name in names if name not in all_nodes]
    names = [name for name in names if name in all_nodes]

    csinodes = _list(client, rights, "csinodes", "/apis/storage.k8s.io/v1/csinodes")
    # The pods of all nodes: those of one node may find capacity on any other.
    pods = pods_by_node(client) if rights["list pods"] else {}
    complete = rights["list pods"] and rights["list nodes"]
    cluster["capacity"] = {n: capacity_entry(all_nodes[n], pods.get(n, [])) for n in all_nodes} if complete else {}
    pdb_version, pdbs = read_pdbs(client) if rights["list poddisruptionbudgets"] else (None, [])
    cluster["pdbs"] = [pdb_entry(pdb) for pdb in pdbs]

    workloads, listed = _read_workloads(client, rights, cluster["server_minor"])
    facts = owners.read_facts(client, [pod for name in names for pod in pods.get(name, [])], workloads, listed)
    drivers = {csinode["metadata"]["name"]: csinode for csinode in csinodes}
    cluster["nodes"] = {}
    for name in names:
        entries = [pod_entry(pod, pdbs, pdb_version or "v1", facts) for pod in pods.get(name, [])]
        cluster["nodes"][name] = node_entry(all_nodes[name], drivers.get(name), entries, topology_key)
    cluster["docker_mounts"] = docker_mounts(workloads, cluster["nodes"])
    cluster["baseline"] = _read_baseline(client, rights, workloads)
    cluster["runtime_classes"] = _read_runtime_classes(client, rights)
    cluster["external_controllers"] = {
        "kured": external_controllers.kured(workloads["DaemonSet"]),
        "groups": _read_groups(client),
    }
    cluster["runner"] = {"on_node": read_runner_node(all_nodes, cluster["nodes"])}


def _list(client: "Client", rights: "Mapping[str, bool]", resource: str, path: str) -> "List[Object]":
    """All objects of a resource; none without the right to list them."""
    return client.items(path) if rights["list %s" % resource] else []


def _read_nodes(client: "Client", rights: "Mapping[str, bool]", wanted: "Iterable[str]") -> "Dict[str, Object]":
    """All nodes by name, or those of ``wanted`` where the credentials may only get them."""
    nodes = {node["metadata"]["name"]: node for node in _list(client, rights, "nodes", NODES)}
    if not nodes and rights["get nodes"]:
        return nodes_one_by_one(client, wanted)
    return nodes


def _read_workloads(
    client: "Client", rights: "Mapping[str, bool]", server_minor: "List[int]"
) -> "Tuple[Workloads, List[str]]":
    """The workloads by kind, and the kinds that could be listed."""
    batch = group_version(client, "batch", ("v1",))
    cronjobs = "v1" if server_minor >= [1, 21] else "v1beta1"
    paths = {
        "DaemonSet": "/apis/apps/v1/daemonsets",
        "Deployment": "/apis/apps/v1/deployments",
        "StatefulSet": "/apis/apps/v1/statefulsets",
        "Job": "/apis/batch/v1/jobs" if batch else None,
        "CronJob": "/apis/batch/%s/cronjobs" % cronjobs if batch else None,
    }
    workloads: "Workloads" = {}
    for kind, path in paths.items():
        workloads[kind] = _list(client, rights, "%ss" % kind.lower(), path) if path else []
    return workloads, [kind for kind in paths if rights["list %ss" % kind.lower()] and paths[kind]]


def _read_baseline(client: "Client", rights: "Mapping[str, bool]", workloads: "Workloads") -> "Object":
    control_plane = read_control_plane(client) if rights["list pods"] else []
    troubles = check_apiservers(client, read_apiservers(client) if rights[ENDPOINTS_RIGHT] else [])
    # An API server that cannot be reached from here will not be missed later.
    ready = [address for address in troubles if troubles[address] is None]
    return baseline(workloads, control_plane, server_seconds(client), ready)


def _read_runtime_classes(client: "Client", rights: "Mapping[str, bool]") -> "List[Object]":
    version, path = runtime_classes.collection_of(client)
    classes = _list(client, rights, "runtimeclasses", path) if version else []
    return [{"name": found["metadata"]["name"], "handler": found["handler"]} for found in classes]


def _read_groups(client: "Client") -> "List[str]":
    """Groups of the API that say something. By default all may read them; without the right there is no hint."""
    try:
        return external_controllers.known_groups(client.get("/apis").get("groups") or [])
    except KubeError as exc:
        if exc.status != 403:
            raise
        return []
