# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the nodes that remain have capacity for the pods of those that are drained.

Requests are compared as sums. That says nothing of how pods fit on single nodes.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import human, listed
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import (
    ENDED,
    is_ready,
    is_unschedulable,
    stays_in_drain,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.quantities import quantity
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import NODES, pods_by_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, Mapping

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

RESOURCES = ("cpu", "memory", "pods")


def requests(pod: "Dict[str, Any]") -> "Dict[str, float]":
    """What a pod requests: the sum of its containers, or more where an init container requests more. Pure."""
    spec = pod.get("spec") or {}

    def requested(container: "Dict[str, Any]", resource: str) -> float:
        return quantity(((container.get("resources") or {}).get("requests") or {}).get(resource) or 0)

    found = {"pods": 1.0}
    for resource in ("cpu", "memory"):
        both = sum(requested(container, resource) for container in spec.get("containers") or [])
        first = [requested(container, resource) for container in spec.get("initContainers") or []]
        found[resource] = max([both] + first)
    return found


def capacity_entry(node: "Dict[str, Any]", pods: "Iterable[Dict[str, Any]]") -> "Dict[str, Any]":
    """``moves``, what the pods request that a drain of the node moves, and ``free``, what the node could take. Pure.

    ``free`` is None for a node that takes no pods now.
    """
    spec, allocatable = node.get("spec") or {}, (node.get("status") or {}).get("allocatable") or {}
    moves, used = dict.fromkeys(RESOURCES, 0.0), dict.fromkeys(RESOURCES, 0.0)
    for pod in pods:
        if (pod.get("status") or {}).get("phase") in ENDED:
            continue
        requested, stays = requests(pod), stays_in_drain(pod)
        for resource in RESOURCES:
            used[resource] += requested[resource]
            moves[resource] += 0 if stays else requested[resource]
    closed = is_unschedulable(node) or not is_ready(node)
    if closed or any(taint.get("effect") != "PreferNoSchedule" for taint in spec.get("taints") or []):
        return {"moves": moves, "free": None}
    free = {resource: max(0.0, quantity(allocatable.get(resource) or 0) - used[resource]) for resource in RESOURCES}
    return {"moves": moves, "free": free}


def read_capacities(client: "Client") -> "Dict[str, Dict[str, Any]]":
    """The capacity_entry() of each node of the cluster, by name. Reads all pods. Raises KubeError."""
    nodes, pods = client.items(NODES), pods_by_node(client)
    return {node["metadata"]["name"]: capacity_entry(node, pods.get(node["metadata"]["name"], [])) for node in nodes}


def lacking(capacities: "Mapping[str, Dict[str, Any]]", leaving: "Collection[str]") -> "Dict[str, Dict[str, float]]":
    """By resource, ``moves`` and ``free``, where the pods of the leaving nodes request more than all others have free.

    ``capacities`` has the capacity_entry() of each node by name, ``leaving`` are names. Pure.
    """
    found = {}
    gone = [capacities[name]["moves"] for name in leaving if name in capacities]
    takers = [capacities[name]["free"] for name in capacities if name not in leaving and capacities[name]["free"]]
    for resource in sorted(set(resource for moves in gone for resource in moves)):
        moves, free = sum(each[resource] for each in gone), sum(each[resource] for each in takers)
        if moves > free:
            found[resource] = {"moves": moves, "free": free}
    return found


def lacking_text(lack: "Mapping[str, Dict[str, float]]", leaving: "Iterable[str]") -> str:
    """The result of lacking() as a sentence."""
    parts = ["%s %s of %s" % (r, _amount(r, n["free"]), _amount(r, n["moves"])) for r, n in sorted(lack.items())]
    return "the other nodes have less free capacity than the pods request that a drain of %s moves: %s" % (
        listed(leaving),
        listed(parts),
    )


def _amount(resource: str, number: float) -> str:
    return human(number) if resource == "memory" else "%g" % round(number, 3)
