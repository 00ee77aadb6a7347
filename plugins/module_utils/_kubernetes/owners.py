# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controllers behind pods: whether they are still there, and how many pods they keep. Pure, but for read().

Only Kubernetes' own kinds are looked up. Of any other nothing is known, and it counts as there, as for kubectl.
"""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import KubeError

# Of those that have one, the scale: it has all that counts, and little else.
_RESOURCES = {
    ("apps", "DaemonSet"): "/apis/apps/v1/namespaces/%s/daemonsets/%s",
    ("apps", "ReplicaSet"): "/apis/apps/v1/namespaces/%s/replicasets/%s/scale",
    ("apps", "StatefulSet"): "/apis/apps/v1/namespaces/%s/statefulsets/%s/scale",
    ("batch", "Job"): "/apis/batch/v1/namespaces/%s/jobs/%s",
    ("", "ReplicationController"): "/api/v1/namespaces/%s/replicationcontrollers/%s/scale",
}


def reference(pod):
    """(kind, namespace, name, uid) of a pod's controller, or None when it has none, or none that can be looked up."""
    for owner in pod["metadata"].get("ownerReferences") or []:
        group = (owner.get("apiVersion") or "").rpartition("/")[0]
        if owner.get("controller") and (group, owner.get("kind")) in _RESOURCES:
            return owner["kind"], pod["metadata"]["namespace"], owner.get("name"), owner.get("uid")
    return None


def path(owner):
    (pattern,) = [found for (_group, kind), found in _RESOURCES.items() if kind == owner[0]]
    return pattern % owner[1:3]


def fact(obj):
    """What counts of a controller's object."""
    return {"uid": obj["metadata"].get("uid"), "replicas": (obj.get("spec") or {}).get("replicas")}


def judge(owner, facts):
    """(gone, single) of a pod's controller. facts: {(kind, namespace, name): fact, or None when there is none}."""
    if owner is None or owner[:3] not in facts:
        return False, False
    found = facts[owner[:3]]
    # Of the same name but made anew: the garbage collector will take the pod, nobody will make it again.
    gone = found is None or bool(owner[3] and found["uid"] and owner[3] != found["uid"])
    return gone, not gone and owner[0] not in ("DaemonSet", "Job") and found["replicas"] == 1


def read(client, owner):
    """The fact of one controller, None when there is none. Without the right to look it counts as there."""
    try:
        return fact(client.get(path(owner)))
    except KubeError as exc:
        if exc.status == 404:
            return None
        if exc.status == 403:
            return {"uid": None, "replicas": None}
        raise
