# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes and pods as small plain entries: what the module cluster_info returns, and what drains are planned by."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import owners as pod_owners
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.budgets import pdbs_of
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import runtime_version
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import (
    SOCKET_ANNOTATION,
    condition,
    controller_of,
    has_emptydir,
    host_paths,
    is_ready,
    is_static,
    is_unschedulable,
    tolerates_cordon,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import (
    NODES,
    PODS,
    get_or_none,
    on_node,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

_KEPT_LABELS = (
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/os",
    "kubernetes.io/hostname",
)
_ROLE_LABEL = "node-role.kubernetes.io/"
_NATIVE = ("cpu", "memory", "pods", "ephemeral-storage", "storage")
_PRESSURES = ("DiskPressure", "MemoryPressure", "PIDPressure")


def pod_entry(
    pod: "Dict[str, Any]",
    pdbs: "Iterable[Dict[str, Any]]" = (),
    pdb_version: str = "v1",
    owners: "Optional[pod_owners.Facts]" = None,
) -> "Dict[str, Any]":
    """A pod as RETURN of the module cluster_info describes it. Pure.

    ``pdbs`` are objects, and ``owners`` the facts of controllers, as owners.judge() takes them.
    """
    gone, single = pod_owners.judge(pod_owners.reference(pod), owners or {})
    meta, spec, status = pod["metadata"], pod.get("spec") or {}, pod.get("status") or {}
    kind, name = controller_of(pod)
    containers = status.get("containerStatuses") or []
    return {
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
        "owner_kind": kind,
        "owner_name": name,
        "owner_gone": gone,
        "owner_single": single,
        "labels": meta.get("labels") or {},
        "pdbs": pdbs_of(pod, pdbs, pdb_version),
        "tolerates_cordon": tolerates_cordon(pod),
        "static": is_static(pod),
        "host_network": bool(spec.get("hostNetwork")),
        "phase": status.get("phase"),
        "ready": is_ready(pod),
        "terminating": bool(meta.get("deletionTimestamp")),
        "images": _values(spec, ("initContainers", "containers"), "image"),
        "image_ids": _values(status, ("initContainerStatuses", "containerStatuses"), "imageID"),
        "host_paths": host_paths(spec),
        "runtime_class": spec.get("runtimeClassName"),
        "emptydir": has_emptydir(spec),
        "grace": spec.get("terminationGracePeriodSeconds"),
        "container_ids": [c["containerID"] for c in containers if c.get("containerID")],
    }


def _values(part: "Dict[str, Any]", lists: "Iterable[str]", key: str) -> "List[str]":
    """The values of one key in the containers of a spec or a status, sorted and without repetition."""
    return sorted(set(item[key] for name in lists for item in part.get(name) or [] if item.get(key)))


def node_entry(
    node: "Dict[str, Any]",
    csinode: "Optional[Dict[str, Any]]",
    pods: "Iterable[Dict[str, Any]]",
    topology_key: "Optional[str]" = None,
) -> "Dict[str, Any]":
    """A node as RETURN of the module cluster_info describes it. Pure. ``pods`` are entries of pod_entry()."""
    meta, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    allocatable = status.get("allocatable") or {}
    addresses = {a.get("type"): a.get("address") for a in reversed(status.get("addresses") or [])}
    labels = meta.get("labels") or {}
    ready = condition(node, "Ready")
    return {
        "uid": meta["uid"],
        "unschedulable": is_unschedulable(node),
        "ready": is_ready(node),
        "ready_reason": ready.get("message") or ready.get("reason"),
        "pressure": [name for name in _PRESSURES if condition(node, name).get("status") == "True"],
        "kubelet_version": (status.get("nodeInfo") or {}).get("kubeletVersion"),
        "runtime_version": runtime_version(node),
        "annotations": {
            key: value
            for key, value in (meta.get("annotations") or {}).items()
            if key == SOCKET_ANNOTATION or key.startswith("cri.switchover/")
        },
        "labels": {
            key: labels[key] for key in labels if key in _KEPT_LABELS + (topology_key,) or key.startswith(_ROLE_LABEL)
        },
        "taints": [{k: t[k] for k in ("key", "value", "effect") if t.get(k)} for t in spec.get("taints") or []],
        "internal_ip": addresses.get("InternalIP"),
        "hostname": addresses.get("Hostname"),
        "pod_cidr": spec.get("podCIDR"),
        "allocatable": {key: allocatable[key] for key in allocatable if is_native(key)},
        "extended": {key: allocatable[key] for key in allocatable if not is_native(key)},
        "csi_drivers": sorted(d["name"] for d in ((csinode or {}).get("spec") or {}).get("drivers") or []),
        "pods": sorted(pods, key=lambda pod: (pod["namespace"], pod["name"])),
    }


def is_native(resource: str) -> bool:
    """Whether kubelet itself computes a resource. All others come from device plugins or from patches by hand."""
    return resource in _NATIVE or resource.startswith("hugepages-")


def read_entry(client: "Client", node_name: str) -> "Tuple[Dict[str, Any], Dict[str, Any]]":
    """One node as an object, and as an entry with its pods. Raises KubeError."""
    node = client.get("%s/%s" % (NODES, node_name))
    pods = [pod_entry(pod) for pod in client.items(PODS, on_node(node_name))]
    csinode = get_or_none(client, "/apis/storage.k8s.io/v1/csinodes/%s" % node_name)
    return node, node_entry(node, csinode, pods)
