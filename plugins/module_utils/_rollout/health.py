# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a fleet is well enough for the next nodes to leave it. Pure: no I/O.

What is not met is told as {reason, text, details}.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import human, listed
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.external_controllers import kured
from ansible_collections.cri.switchover.plugins.module_utils._rollout.lease_plan import moment, stamp

PREFIXES = {"docker": "docker://", "containerd": "containerd://", "crio": "cri-o://"}
# Kubelet's word where it could not ask its runtime for the version.
UNKNOWN = "Unknown"
# The kinds whose pods are to be there in number.
WORKLOADS = ("DaemonSet", "Deployment", "StatefulSet")
# As kubeadm labels the pods of a control plane.
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
# A node's Lease says nothing of its duration: kubelet's default.
NODE_LEASE = 40
# Seconds by which the clocks of a node and of the server may differ without making a Lease look as if from the future.
SKEW = 5


def unmet(reason, text, **details):
    return {"reason": reason, "text": text, "details": details}


def is_ready(obj):
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(found.get("type") == "Ready" and found.get("status") == "True" for found in conditions)


def is_unreported(version):
    """Whether kubelet has not reported its runtime yet, by a node's containerRuntimeVersion.

    It learns the runtime's name when it starts, and asks for the version with each status. Where the runtime does not
    answer then, it reports containerd://Unknown, until its next status. Before its first one there is nothing at all.
    """
    return not version or version.partition("://")[2] == UNKNOWN


def runtime_text(version):
    """A node's containerRuntimeVersion, to be put into a sentence."""
    if not version:
        return "a runtime that kubelet has not reported yet"
    if is_unreported(version):
        return "%s, whose version kubelet has not reported yet" % version.partition("://")[0]
    return version


def name_of(obj, kind=None):
    meta = obj["metadata"]
    return "%s%s/%s" % (kind + " " if kind else "", meta.get("namespace"), meta["name"])


def numbers(kind, obj):
    """(pods that are ready, pods that are wanted) of a workload."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    if kind == "DaemonSet":
        return status.get("numberReady") or 0, status.get("desiredNumberScheduled") or 0
    wanted = spec.get("replicas")
    return status.get("readyReplicas") or 0, 1 if wanted is None else wanted


def below(workloads):
    """{name: (ready, wanted)} of the workloads, {kind: [objects]}, that have less than they want."""
    found = {}
    for kind in WORKLOADS:
        for obj in workloads.get(kind) or []:
            ready, wanted = numbers(kind, obj)
            if ready < wanted:
                found[name_of(obj, kind)] = (ready, wanted)
    return found


def apiservers(endpoints):
    """[host:port] of the API servers that announce themselves, from Endpoints default/kubernetes."""
    found = []
    for subset in endpoints.get("subsets") or []:
        for port in subset.get("ports") or []:
            for address in subset.get("addresses") or []:
                ip = "[%s]" % address["ip"] if ":" in address["ip"] else address["ip"]
                found.append("%s:%d" % (ip, port["port"]))
    return sorted(found)


def baseline(workloads, control_plane, now, ready_apiservers=()):
    """What is remembered of a fleet before a run: little, for of most workloads there is nothing to say."""
    return {
        "apiservers": sorted(ready_apiservers),
        "at": stamp(now),
        "below": sorted(below(workloads)),
        "control_plane": sorted(name_of(pod) for pod in control_plane if is_ready(pod)),
    }


def judge_nodes(wanted, nodes, leases, now, changed_ago):
    """Nodes that were moved, {name: runtime}: still Ready on it, by a Lease that is renewed.

    ``nodes``, ``leases``: {name: object}; ``changed_ago``: {name: seconds since its Lease was seen to change}.
    """
    for name in sorted(wanted):
        node = nodes.get(name)
        if node is None:
            yield unmet("CRI-FLEET-NODE", "node %s is gone from the cluster" % name, node=name)
            continue
        seen = ((node.get("status") or {}).get("nodeInfo") or {}).get("containerRuntimeVersion") or ""
        prefix = PREFIXES[wanted[name]]
        if not is_ready(node):
            yield unmet("CRI-FLEET-NODE", "node %s is not Ready" % name, node=name)
        elif is_unreported(seen):
            # Its runtime did not answer kubelet: no node leaves until kubelet says that it does again.
            text = "node %s is on %s" % (name, runtime_text(seen))
            yield unmet("CRI-FLEET-NODE", text, node=name, seen=seen, wanted=prefix)
        elif not seen.startswith(prefix):
            text = "node %s is on %s, not on %s" % (name, seen, prefix)
            yield unmet("CRI-FLEET-NODE", text, node=name, seen=seen, wanted=prefix)
        elif not is_fresh(leases.get(name), now, changed_ago.get(name)):
            yield unmet("CRI-FLEET-NODE", "node %s does not renew its Lease" % name, node=name)


def is_fresh(lease, now, changed_ago=None):
    """Whether a node's Lease was renewed within its duration: by the server's clock, or seen to change.

    The time in it is by the node's clock. One that is wrong is believed once the Lease was seen to change.
    """
    spec = (lease or {}).get("spec") or {}
    renewed, duration = moment(spec.get("renewTime")), spec.get("leaseDurationSeconds") or NODE_LEASE
    if renewed is not None and -SKEW <= now - renewed <= duration:
        return True
    return changed_ago is not None and changed_ago <= duration


def judge_workloads(before, workloads):
    """Workloads that have less ready pods than they want, and had them before the run."""
    born_after = moment(before.get("at"))
    ages = {}
    for kind in WORKLOADS:
        for obj in workloads.get(kind) or []:
            ages[name_of(obj, kind)] = moment(obj["metadata"].get("creationTimestamp"))
    lacking = below(workloads)
    for name in sorted(lacking):
        if name in before.get("below", []) or (born_after and ages[name] and ages[name] > born_after):
            continue
        ready, wanted = lacking[name]
        text = "%s has %d of %d pods ready" % (name, ready, wanted)
        yield unmet("CRI-FLEET-WORKLOAD", text, workload=name, ready=ready, wanted=wanted)


def judge_apiservers(troubles):
    """``troubles``: {host:port of an API server that was ready before the run: why it is not, or None}."""
    for address in sorted(troubles):
        if troubles[address]:
            text = "the API server at %s is not ready any more: %s" % (address, troubles[address])
            yield unmet("CRI-FLEET-APISERVER", text, server=address)


def judge_control_plane(before, pods):
    """Pods of the control plane that were Ready before the run."""
    ready = [name_of(pod) for pod in pods if is_ready(pod)]
    for name in before.get("control_plane", []):
        if name not in ready:
            yield unmet("CRI-FLEET-CONTROL-PLANE", "pod %s is not Ready any more" % name, pod=name)


def judge_etcd(pods, upcoming):
    """Whether etcd keeps its quorum without the nodes that come next. Of one or two members it never does."""
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


def judge_kured(daemonsets):
    """Nodes that kured restarts now: it takes one away by itself."""
    seen = kured(daemonsets)
    if seen and seen["nodes"]:
        yield unmet("CRI-FLEET-KURED", "kured's lock is held by %s" % ", ".join(seen["nodes"]), **seen)


def lacking(rooms, leaving):
    """{resource: {moves, free}} of which the pods that leave these nodes request more than all others have free.

    ``rooms``: {node: what _cluster.room_entry says}. Sums, which say nothing of how pods fit.
    """
    found = {}
    gone = [rooms[name]["moves"] for name in leaving if name in rooms]
    takers = [rooms[name]["free"] for name in rooms if name not in leaving and rooms[name]["free"]]
    for resource in sorted(set(resource for moves in gone for resource in moves)):
        moves, free = sum(each[resource] for each in gone), sum(each[resource] for each in takers)
        if moves > free:
            found[resource] = {"moves": moves, "free": free}
    return found


def room_text(lack, leaving):
    said = ["%s %s of %s" % (r, _amount(r, n["free"]), _amount(r, n["moves"])) for r, n in sorted(lack.items())]
    return "the other nodes have less room than the pods of %s request that a drain sets in motion: %s" % (
        listed(leaving),
        listed(said),
    )


def _amount(resource, number):
    return human(number) if resource == "memory" else "%g" % round(number, 3)


def judge_room(rooms, upcoming):
    """Whether the nodes that stay have room for the pods of those that come next, all together."""
    lack = lacking(rooms, upcoming)
    if lack:
        yield unmet("CRI-FLEET-ROOM", room_text(lack, upcoming), nodes=upcoming, lacking=lack)


def judge_gates(results):
    """The operator's gates, as _gates.evaluate() found them."""
    for gate in results:
        if not gate["ok"]:
            seen = gate.get("error") or "seen %s, wanted %s" % (gate["seen"], gate["wanted"])
            yield unmet("CRI-FLEET-GATE", "gate %s: %s" % (gate["name"], seen), **gate)
