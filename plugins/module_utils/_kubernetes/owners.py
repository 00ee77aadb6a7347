# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controllers behind pods: whether they still exist, and how many pods they keep.

Only Kubernetes' own kinds are read. Any other controller counts as existing, as it does for kubectl.
"""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Owner = Tuple[str, str, str, Optional[str]]  # kind, namespace, name, uid
    Facts = Dict[Tuple[str, str, str], Optional[Dict[str, Any]]]  # by kind, namespace, name

# Where a kind has a scale, that is read: it has all that counts, and little else.
_RESOURCES = {
    ("apps", "DaemonSet"): "/apis/apps/v1/namespaces/%s/daemonsets/%s",
    ("apps", "ReplicaSet"): "/apis/apps/v1/namespaces/%s/replicasets/%s/scale",
    ("apps", "StatefulSet"): "/apis/apps/v1/namespaces/%s/statefulsets/%s/scale",
    ("batch", "Job"): "/apis/batch/v1/namespaces/%s/jobs/%s",
    ("", "ReplicationController"): "/api/v1/namespaces/%s/replicationcontrollers/%s/scale",
}


def reference(pod: "Dict[str, Any]") -> "Optional[Owner]":
    """The kind, namespace, name and uid of a pod's controller. None without one, and for one that cannot be read."""
    for owner in pod["metadata"].get("ownerReferences") or []:
        group = (owner.get("apiVersion") or "").rpartition("/")[0]
        if owner.get("controller") and (group, owner.get("kind")) in _RESOURCES:
            return owner["kind"], pod["metadata"]["namespace"], owner.get("name"), owner.get("uid")
    return None


def path(owner: "Owner") -> str:
    """The path at which the API has what counts of a controller."""
    (pattern,) = [found for (_group, kind), found in _RESOURCES.items() if kind == owner[0]]
    return pattern % owner[1:3]


def fact(obj: "Dict[str, Any]") -> "Dict[str, Any]":
    """What counts of a controller's object: its uid, and how many pods it is to keep."""
    return {"uid": obj["metadata"].get("uid"), "replicas": (obj.get("spec") or {}).get("replicas")}


def judge(owner: "Optional[Owner]", facts: "Facts") -> "Tuple[bool, bool]":
    """Whether a pod's controller is gone, and whether it keeps only this one pod.

    ``facts`` has None for a controller that does not exist. One that is not among the facts counts as existing.
    """
    if owner is None or owner[:3] not in facts:
        return False, False
    found = facts[owner[:3]]
    # A new controller of the same name: the garbage collector will delete the pod, and nothing will replace it.
    if found is None or (owner[3] and found["uid"] and owner[3] != found["uid"]):
        return True, False
    return False, owner[0] not in ("DaemonSet", "Job") and found["replicas"] == 1


def read(client: "Client", owner: "Owner") -> "Optional[Dict[str, Any]]":
    """The fact of one controller; None when it does not exist. Without the right to read it, it counts as existing."""
    try:
        return fact(client.get(path(owner)))
    except KubeError as exc:
        if exc.status == 404:
            return None
        if exc.status == 403:
            return {"uid": None, "replicas": None}
        raise


def read_facts(
    client: "Client",
    pods: "Iterable[Dict[str, Any]]",
    workloads: "Mapping[str, List[Dict[str, Any]]]",
    listed: "Collection[str]",
) -> "Facts":
    """The facts of all controllers of these pods, with as few requests as possible. Raises KubeError.

    ``workloads`` has objects by kind; ``listed`` are the kinds of which it has all. Nobody lists ReplicaSets, so these
    are known by their Deployments. A ReplicaSet that seems to have none is read on its own.
    """
    objects = {
        (kind, obj["metadata"]["namespace"], obj["metadata"]["name"]): obj for kind in listed for obj in workloads[kind]
    }
    facts: "Facts" = {}
    for pod in pods:
        owner = reference(pod)
        if owner is None or owner[:3] in facts:
            continue
        kind, namespace, name, uid = owner
        deployment = objects.get(("Deployment", namespace, name.rpartition("-")[0]))
        if kind in listed:
            found = objects.get(owner[:3])
            facts[owner[:3]] = found and fact(found)
        elif kind == "ReplicaSet" and deployment:
            facts[owner[:3]] = {"uid": uid, "replicas": (deployment.get("spec") or {}).get("replicas")}
        else:
            facts[owner[:3]] = read(client, owner)
    return facts
