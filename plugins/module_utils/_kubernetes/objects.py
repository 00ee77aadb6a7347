# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What single objects of the API say: owners, conditions, annotations, volumes, tolerations. Pure: no I/O."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    Object = Dict[str, Any]

CORDON_ANNOTATION = "cri.switchover/cordon"
SOCKET_ANNOTATION = "kubeadm.alpha.kubernetes.io/cri-socket"
MIRROR_ANNOTATION = "kubernetes.io/config.mirror"

UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"

# Phases of a pod whose containers do not run any more.
ENDED = ("Succeeded", "Failed")


def name_of(obj: "Object", kind: "Optional[str]" = None) -> str:
    """ "shop/web", or with the kind "Deployment shop/web"."""
    meta = obj["metadata"]
    return "%s%s/%s" % (kind + " " if kind else "", meta.get("namespace"), meta["name"])


def controller_of(obj: "Object") -> "Tuple[Optional[str], Optional[str]]":
    """The kind and name of the owner that manages an object; None for both where there is none."""
    for owner in obj["metadata"].get("ownerReferences") or []:
        if owner.get("controller"):
            return owner.get("kind"), owner.get("name")
    return None, None


def condition(obj: "Object", name: str) -> "Object":
    """The condition of that type from an object's status; empty where there is none."""
    for found in (obj.get("status") or {}).get("conditions") or []:
        if found.get("type") == name:
            return found
    return {}


def is_ready(obj: "Object") -> bool:
    """Whether the condition Ready of a node or a pod is "True"."""
    return condition(obj, "Ready").get("status") == "True"


# --- nodes ------------------------------------------------------------------------------------------------------


def is_unschedulable(node: "Object") -> bool:
    """Whether a node is cordoned."""
    return bool((node.get("spec") or {}).get("unschedulable"))


# --- pods and workloads -----------------------------------------------------------------------------------------


def is_static(pod: "Object") -> bool:
    """Whether kubelet runs a pod from a manifest on the node, so that the API shows only a mirror of it."""
    return MIRROR_ANNOTATION in (pod["metadata"].get("annotations") or {})


def stays_in_drain(pod: "Object") -> bool:
    """Whether a pod is static or of a DaemonSet. A drain never moves these to another node."""
    return is_static(pod) or controller_of(pod)[0] == "DaemonSet"


def pod_spec_of(obj: "Object") -> "Object":
    """The pods' spec in a workload or a CronJob."""
    spec = obj.get("spec") or {}
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"].get("spec") or {}
    return (spec.get("template") or {}).get("spec") or {}


def host_paths(pod_spec: "Object") -> "List[str]":
    """The paths of all hostPath volumes of a pod's spec, sorted."""
    volumes = pod_spec.get("volumes") or []
    return sorted(set(volume["hostPath"].get("path", "") for volume in volumes if volume.get("hostPath") is not None))


def has_emptydir(pod_spec: "Object") -> bool:
    """Whether a pod's spec has an emptyDir volume, whose data ends with the pod."""
    return any(volume.get("emptyDir") is not None for volume in pod_spec.get("volumes") or [])


def tolerates_cordon(pod: "Object") -> bool:
    """Whether the scheduler may place a pod on a cordoned node. It matches tolerations as Kubernetes does."""
    return any(
        toleration.get("effect") in (None, "", "NoSchedule")
        and (toleration.get("key") or UNSCHEDULABLE_TAINT) == UNSCHEDULABLE_TAINT
        and (toleration.get("operator") == "Exists" or not toleration.get("value"))
        for toleration in (pod.get("spec") or {}).get("tolerations") or []
    )
