# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cordon and an uncordon have to do. Pure: a node in, a patch out.

cluster-autoscaler takes a drained node for unneeded, and takes it away. It leaves alone a node whose annotation
SCALE_DOWN says "true", and no other word: HasNoScaleDownAnnotation() in kubernetes/autoscaler, of core/scale_down.go
in old releases and core/scaledown/eligibility since, asked at each look and before the node's use and readiness are;
and its FAQ, "How can I prevent Cluster Autoscaler from scaling down a particular node?". A cordon sets it whether or
not an autoscaler is seen: one that a cloud runs for its customers is no pod of the cluster, and where there is none
nobody reads it. What it said before is remembered with the cordon, so that the uncordon puts it back, of whatever run
that is.
"""

import json

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.cluster import CORDON_ANNOTATION

SCALE_DOWN = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
DISABLED = "true"


def annotations_of(node):
    return node["metadata"].get("annotations") or {}


def parse_cordon(node):
    """Our annotation, or None. A damaged one never leads to an uncordon that nobody asked for.

    It has ``scale_down``, what SCALE_DOWN said before (None: it was not there), unless an older release wrote it.
    """
    text = annotations_of(node).get(CORDON_ANNOTATION)
    if text is None:
        return None
    try:
        value = json.loads(text)
        found = {
            "run_id": value["run_id"],
            "was_unschedulable": bool(value["was_unschedulable"]),
            "at": value.get("at"),
            "damaged": False,
        }
        if isinstance(value.get("scale_down", 0), (str, type(None))):
            found["scale_down"] = value["scale_down"]
        return found
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"run_id": None, "was_unschedulable": True, "at": None, "damaged": True}


def plan_cordon(node, run_id, now):
    """(merge patch or None, the cordon as it will be, notes). `now`: the server's time, as in creationTimestamp."""
    unschedulable = bool((node.get("spec") or {}).get("unschedulable"))
    known = parse_cordon(node)
    notes = []
    cordon = {"run_id": run_id, "was_unschedulable": unschedulable, "at": now}
    cordon["scale_down"] = _scale_down(node, known)
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
    annotations = {CORDON_ANNOTATION: json.dumps(cordon, sort_keys=True), SCALE_DOWN: DISABLED}
    return {"metadata": {"annotations": annotations}, "spec": {"unschedulable": True}}, cordon, notes


def _scale_down(node, known):
    """What SCALE_DOWN is to be again: what it is now, unless that is our own doing."""
    seen = annotations_of(node).get(SCALE_DOWN)
    return known["scale_down"] if known and "scale_down" in known and seen == DISABLED else seen


def plan_uncordon(node, run_id, annotate):
    """(merge patch or None, notes): the earlier state, our annotation gone, and `annotate` set (None: removed)."""
    known = parse_cordon(node)
    present, wanted = annotations_of(node), dict(annotate)
    # A value that somebody else has put there meanwhile is theirs.
    if known and "scale_down" in known and present.get(SCALE_DOWN) == DISABLED:
        wanted.setdefault(SCALE_DOWN, known["scale_down"])
    annotations = {key: value for key, value in wanted.items() if present.get(key) != value}
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
        if known["damaged"] and present.get(SCALE_DOWN) == DISABLED:
            notes.append("the annotation %s stays %s: what it said before cannot be read" % (SCALE_DOWN, DISABLED))
    elif unschedulable:
        notes.append("cordoned by somebody else: left so")
    if annotations:
        patch["metadata"] = {"annotations": annotations}
    return patch or None, notes


def node_view(node, patch, keys):
    """The part of a node that a patch of ours may change, before or after it: for the diff."""
    annotations = dict(annotations_of(node))
    unschedulable = bool((node.get("spec") or {}).get("unschedulable"))
    if patch:
        annotations.update((patch.get("metadata") or {}).get("annotations") or {})
        unschedulable = bool(patch.get("spec", {"unschedulable": unschedulable})["unschedulable"])
    shown = {key: annotations[key] for key in sorted(keys) if annotations.get(key) is not None}
    return {"unschedulable": unschedulable, "annotations": shown}
