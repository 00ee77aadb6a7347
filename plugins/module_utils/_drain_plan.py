# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cordon, a drain and an uncordon have to do. Pure: objects in, plans and patches out."""

import json

from ansible_collections.cri.switchover.plugins.module_utils._cluster import (
    CORDON_ANNOTATION,
    controller_of,
    is_static,
)

UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"
FINISHED = ("Succeeded", "Failed")

REMEDIES = {
    "unmanaged": "no controller will make it again: delete it yourself, or set switchover_drain_force",
    "daemonset-gone": "its DaemonSet no longer exists: delete it yourself, or set switchover_drain_force",
    "emptydir": "its emptyDir volumes would be lost: set switchover_drain_delete_emptydir if that is fine",
    "two-pdbs": "the API cannot evict a pod that two PodDisruptionBudgets match: change one of them",
}


# --- cordon and uncordon ----------------------------------------------------------------------------------------


def parse_cordon(node):
    """Our annotation, or None. A damaged one never leads to an uncordon that nobody asked for."""
    text = (node["metadata"].get("annotations") or {}).get(CORDON_ANNOTATION)
    if text is None:
        return None
    try:
        value = json.loads(text)
        return {
            "run_id": value["run_id"],
            "was_unschedulable": bool(value["was_unschedulable"]),
            "at": value.get("at"),
            "damaged": False,
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"run_id": None, "was_unschedulable": True, "at": None, "damaged": True}


def plan_cordon(node, run_id, now):
    """(merge patch or None, the cordon as it will be, notes). `now`: the server's time, as in creationTimestamp."""
    unschedulable = bool((node.get("spec") or {}).get("unschedulable"))
    known = parse_cordon(node)
    notes = []
    cordon = {"run_id": run_id, "was_unschedulable": unschedulable, "at": now}
    if known and not unschedulable:
        notes.append("somebody uncordoned the node since the run %s: cordoned again" % known["run_id"])
    elif known:
        cordon.update(was_unschedulable=known["was_unschedulable"], at=known["at"] or now)
        if known["run_id"] == run_id:
            return None, cordon, notes
        if known["damaged"]:
            notes.append("the annotation %s cannot be read: the node stays cordoned afterwards" % CORDON_ANNOTATION)
        else:
            notes.append("took over the cordon of run %s" % known["run_id"])
    elif unschedulable:
        notes.append("the node was cordoned before and will be again afterwards")
    patch = {
        "metadata": {"annotations": {CORDON_ANNOTATION: json.dumps(cordon, sort_keys=True)}},
        "spec": {"unschedulable": True},
    }
    return patch, cordon, notes


def plan_uncordon(node, run_id, annotate):
    """(merge patch or None, notes): the earlier state, our annotation gone, and `annotate` set (None: removed)."""
    known = parse_cordon(node)
    present = node["metadata"].get("annotations") or {}
    annotations = {key: value for key, value in annotate.items() if present.get(key) != value}
    patch: dict = {}
    notes = []
    unschedulable = bool((node.get("spec") or {}).get("unschedulable"))
    if known:
        annotations[CORDON_ANNOTATION] = None
        if unschedulable and not known["was_unschedulable"]:
            patch["spec"] = {"unschedulable": None}
        elif unschedulable and known["damaged"]:
            notes.append("the annotation %s cannot be read: left cordoned" % CORDON_ANNOTATION)
        elif unschedulable:
            notes.append("left cordoned, as it was before")
        if run_id and not known["damaged"] and known["run_id"] != run_id:
            notes.append("the cordon was of run %s" % known["run_id"])
    elif unschedulable:
        notes.append("cordoned by somebody else: left so")
    if annotations:
        patch["metadata"] = {"annotations": annotations}
    return patch or None, notes


def node_view(node, patch, keys):
    """The part of a node that a patch of ours may change, before or after it: for the diff."""
    annotations = dict(node["metadata"].get("annotations") or {})
    unschedulable = bool((node.get("spec") or {}).get("unschedulable"))
    if patch:
        annotations.update((patch.get("metadata") or {}).get("annotations") or {})
        unschedulable = bool(patch.get("spec", {"unschedulable": unschedulable})["unschedulable"])
    shown = {key: annotations[key] for key in sorted(keys) if annotations.get(key) is not None}
    return {"unschedulable": unschedulable, "annotations": shown}


# --- which pods -------------------------------------------------------------------------------------------------


def selects(selector, labels, version="v1"):
    """Whether a label selector matches. An empty one matches all in policy/v1 and nothing in v1beta1."""
    if selector is None:
        return False
    wanted, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    if not wanted and not expressions:
        return version == "v1"
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression(item, labels) for item in expressions
    )


def _expression(item, labels):
    key, operator, values = item["key"], item["operator"], item.get("values") or []
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    return key not in labels


def pdbs_of(pod, pdbs, version="v1"):
    """The names of the PodDisruptionBudgets that the API would ask before it evicts a pod."""
    if (pod.get("status") or {}).get("phase") in FINISHED + ("Pending",):
        return []
    meta = pod["metadata"]
    return sorted(
        "%s/%s" % (pdb["metadata"]["namespace"], pdb["metadata"]["name"])
        for pdb in pdbs
        if pdb["metadata"]["namespace"] == meta["namespace"]
        and selects((pdb.get("spec") or {}).get("selector"), meta.get("labels") or {}, version)
    )


def tolerates_cordon(pod):
    return any(
        toleration.get("effect") in (None, "", "NoSchedule")
        and (toleration.get("key") or UNSCHEDULABLE_TAINT) == UNSCHEDULABLE_TAINT
        and (toleration.get("operator") == "Exists" or not toleration.get("value"))
        for toleration in (pod.get("spec") or {}).get("tolerations") or []
    )


def classify(pod, pdbs, delete_emptydir, force, newcomer, daemonset_gone):
    """("evict"|"wait"|"keep"|"refuse", reason). The rules of `kubectl drain --ignore-daemonsets`, each on its own."""
    if is_static(pod):
        return "keep", "static"
    kind = controller_of(pod)[0]
    if kind == "DaemonSet" and not daemonset_gone:
        return "keep", "daemonset"
    if pod["metadata"].get("deletionTimestamp"):
        return "wait", "terminating"
    if newcomer and tolerates_cordon(pod):
        # Its controller puts a new one on the cordoned node as often as we evict it.
        return "keep", "tolerates-cordon"
    if (pod.get("status") or {}).get("phase") in FINISHED:
        return "evict", "finished"
    if kind is None and not force:
        return "refuse", "unmanaged"
    if daemonset_gone and not force:
        return "refuse", "daemonset-gone"
    if has_emptydir(pod) and not delete_emptydir:
        return "refuse", "emptydir"
    if len(pdbs) > 1:
        return "refuse", "two-pdbs"
    return "evict", kind or "unmanaged"


def has_emptydir(pod):
    return any(volume.get("emptyDir") is not None for volume in (pod.get("spec") or {}).get("volumes") or [])


def plan_pods(pods, pdbs, pdb_version, options, original=None, gone_daemonsets=()):
    """{"evict", "wait", "keep", "refuse"}: lists of {namespace, name, uid, reason, pdbs}, in a stable order.

    original: the UIDs that were on the node when it was cordoned (None: all were).
    """
    plan: dict = {"evict": [], "wait": [], "keep": [], "refuse": []}
    for pod in sorted(pods, key=lambda pod: (pod["metadata"]["namespace"], pod["metadata"]["name"])):
        meta = pod["metadata"]
        matching = pdbs_of(pod, pdbs, pdb_version)
        kind, owner = controller_of(pod)
        what, reason = classify(
            pod,
            matching,
            options["delete_emptydir"],
            options["force"],
            newcomer=original is not None and meta["uid"] not in original,
            daemonset_gone=kind == "DaemonSet" and (meta["namespace"], owner) in gone_daemonsets,
        )
        plan[what].append(
            {
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
                "reason": reason,
                "pdbs": matching,
            }
        )
    return plan


def daemonsets_of(pods):
    """The (namespace, name) of every DaemonSet that has a pod here."""
    owners = ((pod["metadata"]["namespace"],) + controller_of(pod) for pod in pods)
    return sorted(set((namespace, name) for namespace, kind, name in owners if kind == "DaemonSet"))


# --- evictions --------------------------------------------------------------------------------------------------


def eviction(entry, api_version, grace):
    options = {"preconditions": {"uid": entry["uid"]}}
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    return {
        "apiVersion": api_version,
        "kind": "Eviction",
        "metadata": {"namespace": entry["namespace"], "name": entry["name"]},
        "deleteOptions": options,
    }


def eviction_version(core_resources):
    """The apiVersion that pods/eviction speaks, from the resource list of the core group."""
    for resource in core_resources.get("resources") or []:
        if resource.get("name") == "pods/eviction":
            return "%s/%s" % (resource.get("group") or "policy", resource.get("version") or "v1beta1")
    return "policy/v1beta1"


def judge_refusal(status, reason, causes):
    """What a failed eviction means: "gone", "budget" (a PDB says not now), "retry" (passing), or "fatal"."""
    if status == 404:
        return "gone"
    if status == 429:
        return "budget"
    if status == 403 and "NamespaceTerminating" in causes:
        return "retry"
    if status is None and reason == "CRI-API-UNREACHABLE":
        return "retry"
    if status == 409 or (status is not None and status >= 500):
        return "retry"
    return "fatal"


def describe(entries):
    """ "shop/web-1 (PDB shop/web), shop/db-0": for messages, cut at ten."""
    texts = [
        "%s/%s%s" % (e["namespace"], e["name"], " (PDB %s)" % ", ".join(e["pdbs"]) if e.get("pdbs") else "")
        for e in entries
    ]
    return ", ".join(texts[:10]) + (" and %d more" % (len(texts) - 10) if len(texts) > 10 else "")
