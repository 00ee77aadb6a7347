# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a fleet is healthy enough for the next nodes to leave service. Pure: no I/O.

What is not met is a record {reason, message, details}.
"""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.capacity import lacking, lacking_text
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.external_controllers import kured
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import (
    is_unreported,
    runtime_text,
    runtime_version,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import is_ready, name_of
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.times import parse_time
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.workloads import WORKLOADS, below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, Iterator, List, Mapping, Optional

    Object = Dict[str, Any]
    Unmet = Dict[str, Any]

# Seconds for which a node's Lease counts that has no duration: kubelet's default.
NODE_LEASE = 40
# Seconds by which a Lease may seem to be from the future, because the clocks of node and server differ.
SKEW = 5


def unmet(reason: str, message: str, **details: "Any") -> "Unmet":
    """A record of something that is not met: a stable token, a sentence, and data."""
    return {"reason": reason, "message": message, "details": details}


def judge_nodes(
    wanted: "Mapping[str, str]",
    nodes: "Mapping[str, Object]",
    leases: "Mapping[str, Optional[Object]]",
    now: float,
    changed_ago: "Mapping[str, Optional[float]]",
) -> "Iterator[Unmet]":
    """Nodes that were switched: still Ready on their runtime, with a Lease that is renewed.

    ``wanted`` has what each node's runtime version must begin with, such as "containerd://"; ``nodes`` and ``leases``
    have objects, all by name. ``changed_ago`` are the seconds since a check first saw the node's Lease change.
    """
    for name in sorted(wanted):
        node = nodes.get(name)
        if node is None:
            yield unmet("CRI-FLEET-NODE", "node %s is gone from the cluster" % name, node=name)
            continue
        seen, prefix = runtime_version(node) or "", wanted[name]
        if not is_ready(node):
            yield unmet("CRI-FLEET-NODE", "node %s is not Ready" % name, node=name)
        elif is_unreported(seen):
            # Its runtime did not answer kubelet. No node leaves service until kubelet reports that it does again.
            text = "node %s is on %s" % (name, runtime_text(seen))
            yield unmet("CRI-FLEET-NODE", text, node=name, seen=seen, wanted=prefix)
        elif not seen.startswith(prefix):
            text = "node %s is on %s, not on %s" % (name, seen, prefix)
            yield unmet("CRI-FLEET-NODE", text, node=name, seen=seen, wanted=prefix)
        elif not is_fresh(leases.get(name), now, changed_ago.get(name)):
            yield unmet("CRI-FLEET-NODE", "node %s does not renew its Lease" % name, node=name)


def is_fresh(lease: "Optional[Object]", now: float, changed_ago: "Optional[float]" = None) -> bool:
    """Whether a node's Lease was renewed within its duration, by the server's clock or by a change that was seen.

    The time in a Lease is by the node's clock. Where that clock is wrong, a change that was seen counts.
    """
    spec = (lease or {}).get("spec") or {}
    renewed, duration = parse_time(spec.get("renewTime")), spec.get("leaseDurationSeconds") or NODE_LEASE
    if renewed is not None and -SKEW <= now - renewed <= duration:
        return True
    return changed_ago is not None and changed_ago <= duration


def judge_workloads(before: "Mapping[str, Any]", workloads: "Mapping[str, List[Object]]") -> "Iterator[Unmet]":
    """Workloads that have fewer ready pods than they want, and had enough before the run.

    ``before`` is the baseline, ``workloads`` has objects by kind.
    """
    began = parse_time(before.get("at"))
    made_at = {}
    for kind in WORKLOADS:
        for obj in workloads.get(kind) or []:
            made_at[name_of(obj, kind)] = parse_time(obj["metadata"].get("creationTimestamp"))
    short = below(workloads)
    for name in sorted(short):
        made = made_at[name]
        if name in before.get("below", []) or (began and made and made > began):
            continue
        ready, wanted = short[name]
        text = "%s has %d of %d pods ready" % (name, ready, wanted)
        yield unmet("CRI-FLEET-WORKLOAD", text, workload=name, ready=ready, wanted=wanted)


def judge_apiservers(troubles: "Mapping[str, Optional[str]]") -> "Iterator[Unmet]":
    """API servers that were ready before the run. ``troubles`` says, by host:port, why one is not ready, or None."""
    for address in sorted(troubles):
        if troubles[address]:
            text = "the API server at %s is not ready any more: %s" % (address, troubles[address])
            yield unmet("CRI-FLEET-APISERVER", text, server=address)


def judge_control_plane(before: "Mapping[str, Any]", pods: "Iterable[Object]") -> "Iterator[Unmet]":
    """Pods of the control plane that were Ready before the run. ``before`` is the baseline."""
    ready = [name_of(pod) for pod in pods if is_ready(pod)]
    for name in before.get("control_plane", []):
        if name not in ready:
            yield unmet("CRI-FLEET-CONTROL-PLANE", "pod %s is not Ready any more" % name, pod=name)


def judge_etcd(pods: "Iterable[Object]", upcoming: "Collection[str]") -> "Iterator[Unmet]":
    """Whether etcd keeps its quorum without the upcoming nodes. With one or two members it never does.

    ``pods`` are those of the control plane, ``upcoming`` names of nodes.
    """
    members = [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("component") == "etcd"]
    going = [pod for pod in members if (pod.get("spec") or {}).get("nodeName") in upcoming]
    left = [pod for pod in members if is_ready(pod) and pod not in going]
    quorum = len(members) // 2 + 1
    if going and len(members) > 2 and len(left) < quorum:
        yield unmet(
            "CRI-FLEET-ETCD",
            "etcd would have %d of %d members without %s, and needs %d"
            % (len(left), len(members), ", ".join(upcoming), quorum),
            members=len(members),
            left=len(left),
            quorum=quorum,
        )


def judge_kured(daemonsets: "Iterable[Object]") -> "Iterator[Unmet]":
    """Nodes that kured restarts now, each of which is out of service for that time."""
    found = kured(daemonsets)
    if found and found["nodes"]:
        yield unmet("CRI-FLEET-KURED", "kured's lock is held by %s" % ", ".join(found["nodes"]), **found)


def judge_capacity(capacities: "Mapping[str, Object]", upcoming: "Collection[str]") -> "Iterator[Unmet]":
    """Whether the other nodes have capacity for the pods of all upcoming nodes together.

    ``capacities`` are what read_capacities() returns.
    """
    lack = lacking(capacities, upcoming)
    if lack:
        yield unmet("CRI-FLEET-CAPACITY", lacking_text(lack, upcoming), nodes=upcoming, lacking=lack)


def judge_gates(results: "Iterable[Mapping[str, Any]]") -> "Iterator[Unmet]":
    """The operator's gates, as gates.evaluate() returns them."""
    for gate in results:
        if not gate["ok"]:
            seen = gate.get("error") or "seen %s, wanted %s" % (gate["seen"], gate["wanted"])
            yield unmet("CRI-FLEET-GATE", "gate %s: %s" % (gate["name"], seen), **gate)
