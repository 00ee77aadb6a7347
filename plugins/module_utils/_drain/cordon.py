# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cordon and an uncordon change of a node. Pure: a node in, a patch out.

The cluster-autoscaler may remove a node that was drained, because no pod needs it. It never removes a node whose
annotation SCALE_DOWN is "true", and no other value counts. That is HasNoScaleDownAnnotation() in kubernetes/autoscaler:
core/scale_down.go in old releases, core/scaledown/eligibility since. See also its FAQ, "How can I prevent Cluster
Autoscaler from scaling down a particular node?".

A cordon always sets the annotation. An autoscaler that a cloud runs for its customers is no pod of the cluster, and
without an autoscaler nobody reads it. The cordon remembers the value that was there before. So the uncordon restores
it, also in a later run.
"""

import json

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import (
    CORDON_ANNOTATION,
    is_unschedulable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

    Node = Dict[str, Any]
    Cordon = Dict[str, Any]
    Patch = Dict[str, Any]

SCALE_DOWN = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
DISABLED = "true"

_DAMAGED: "Cordon" = {"run_id": None, "was_unschedulable": True, "at": None, "damaged": True}


def annotations_of(node: "Node") -> "Dict[str, str]":
    """The annotations of a node."""
    return node["metadata"].get("annotations") or {}


def parse_cordon(node: "Node") -> "Optional[Cordon]":
    """What the cordon's annotation says, or None. A damaged one never leads to an uncordon that nobody wanted.

    ``scale_down`` is the value of SCALE_DOWN before, or None. An older release did not write it.
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
        return dict(_DAMAGED)


def plan_cordon(node: "Node", run_id: str, now: str) -> "Tuple[Optional[Patch], Cordon, List[str]]":
    """The merge patch or None, the cordon as it will be, and notes for the result.

    ``now`` is the server's time, as in creationTimestamp.
    """
    unschedulable = is_unschedulable(node)
    known = parse_cordon(node)
    notes = []
    cordon: "Cordon" = {"run_id": run_id, "was_unschedulable": unschedulable, "at": now}
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


def _scale_down(node: "Node", known: "Optional[Cordon]") -> "Optional[str]":
    """The value of SCALE_DOWN that an uncordon restores: the present one, unless an earlier cordon wrote that."""
    present = annotations_of(node).get(SCALE_DOWN)
    return known["scale_down"] if known and "scale_down" in known and present == DISABLED else present


def plan_uncordon(
    node: "Node", run_id: "Optional[str]", annotate: "Mapping[str, Optional[str]]"
) -> "Tuple[Optional[Patch], List[str]]":
    """The merge patch or None, and notes for the result. It restores the earlier state and removes the annotation.

    ``annotate`` are annotations to set, or to remove where the value is None.
    """
    known = parse_cordon(node)
    present, wanted = annotations_of(node), dict(annotate)
    # Where somebody has changed the value meanwhile, it stays as it is.
    if known and "scale_down" in known and present.get(SCALE_DOWN) == DISABLED:
        wanted.setdefault(SCALE_DOWN, known["scale_down"])
    annotations = {key: value for key, value in wanted.items() if present.get(key) != value}
    patch: "Patch" = {}
    if known:
        annotations[CORDON_ANNOTATION] = None
        if is_unschedulable(node) and not known["was_unschedulable"]:
            patch["spec"] = {"unschedulable": None}
    if annotations:
        patch["metadata"] = {"annotations": annotations}
    return patch or None, _uncordon_notes(node, run_id, known)


def _uncordon_notes(node: "Node", run_id: "Optional[str]", known: "Optional[Cordon]") -> "List[str]":
    unschedulable = is_unschedulable(node)
    if not known:
        return ["cordoned by somebody else: left so"] if unschedulable else []
    notes = []
    if unschedulable and known["damaged"]:
        notes.append("the annotation %s cannot be read: left cordoned" % CORDON_ANNOTATION)
    elif unschedulable and known["was_unschedulable"]:
        notes.append("left cordoned, as it was before")
    if run_id and not known["damaged"] and known["run_id"] != run_id:
        notes.append("the cordon was of run %s" % known["run_id"])
    if known["damaged"] and annotations_of(node).get(SCALE_DOWN) == DISABLED:
        notes.append("the annotation %s stays %s: its earlier value cannot be read" % (SCALE_DOWN, DISABLED))
    return notes


def node_view(node: "Node", patch: "Optional[Patch]", keys: "Iterable[str]") -> "Dict[str, Any]":
    """The part of a node that a patch may change, as it is after the patch. For the diff; ``keys`` are annotations."""
    annotations: "Dict[str, Any]" = dict(annotations_of(node))
    unschedulable = is_unschedulable(node)
    if patch:
        annotations.update((patch.get("metadata") or {}).get("annotations") or {})
        unschedulable = bool(patch.get("spec", {"unschedulable": unschedulable})["unschedulable"])
    shown = {key: annotations[key] for key in sorted(keys) if annotations.get(key) is not None}
    return {"unschedulable": unschedulable, "annotations": shown}
