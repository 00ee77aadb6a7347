# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils import _cordon as plan

KEY = "cri.switchover/cordon"
NOW = "2026-11-23T18:00:00Z"
THEN = "2026-11-23T17:00:00Z"


def node(unschedulable=None, cordon=None, **annotations):
    if cordon is not None:
        annotations[KEY] = cordon if isinstance(cordon, str) else json.dumps(cordon)
    spec = {} if unschedulable is None else {"unschedulable": unschedulable}
    return {"metadata": {"name": "n", "annotations": annotations}, "spec": spec}


def cordon(run_id="r1", was=False, at=THEN):
    return {"run_id": run_id, "was_unschedulable": was, "at": at}


@pytest.mark.parametrize(
    "before, patched, was, at, note",
    [
        (node(), True, False, NOW, None),
        (node(unschedulable=True), True, True, NOW, "was cordoned before"),
        (node(unschedulable=True, cordon=cordon()), False, False, THEN, None),
        (node(unschedulable=True, cordon=cordon(was=True)), False, True, THEN, None),
        (node(unschedulable=True, cordon=cordon("r0")), True, False, THEN, "took over the cordon of run r0"),
        (node(unschedulable=True, cordon=cordon("r0", was=True)), True, True, THEN, "took over"),
        (node(unschedulable=True, cordon=cordon(at=None)), False, False, NOW, None),
        (node(cordon=cordon(was=True)), True, False, NOW, "uncordoned the node since the run r1"),
        (node(unschedulable=True, cordon="{"), True, True, NOW, "cannot be read"),
        (node(unschedulable=True, cordon="[]"), True, True, NOW, "cannot be read"),
        (node(unschedulable=True, cordon='{"run_id": "r1"}'), True, True, NOW, "cannot be read"),
    ],
)
def test_cordon(before, patched, was, at, note):
    patch, kept, notes = plan.plan_cordon(before, "r1", NOW)
    assert (bool(patch), kept["was_unschedulable"], kept["at"]) == (patched, was, at)
    assert kept["run_id"] == "r1"
    assert (note in notes[0]) if note else notes == []
    if patch:
        assert patch["spec"] == {"unschedulable": True}
        assert json.loads(patch["metadata"]["annotations"][KEY]) == kept


@pytest.mark.parametrize(
    "before, annotate, spec, annotations, note",
    [
        (node(unschedulable=True, cordon=cordon()), {}, {"unschedulable": None}, {KEY: None}, None),
        (node(unschedulable=True, cordon=cordon(was=True)), {}, None, {KEY: None}, "as it was before"),
        (node(cordon=cordon(was=True)), {}, None, {KEY: None}, None),
        (node(cordon=cordon()), {}, None, {KEY: None}, None),
        (node(unschedulable=True, cordon="?"), {}, None, {KEY: None}, "cannot be read"),
        (node(unschedulable=True, cordon=cordon("r0")), {}, {"unschedulable": None}, {KEY: None}, "was of run r0"),
        (node(unschedulable=True), {}, None, None, "by somebody else"),
        (node(), {}, None, None, None),
        (node(), {"a": "1"}, None, {"a": "1"}, None),
        (node(a="1"), {"a": "1"}, None, None, None),
        (node(a="1"), {"a": None, "b": None}, None, {"a": None}, None),
        (node(True, cordon(), a="0"), {"a": "1"}, {"unschedulable": None}, {KEY: None, "a": "1"}, None),
    ],
)
def test_uncordon(before, annotate, spec, annotations, note):
    patch, notes = plan.plan_uncordon(before, "r1", annotate)
    patch = patch or {}
    assert patch.get("spec") == spec
    assert patch.get("metadata", {}).get("annotations") == annotations
    assert (note in notes[0]) if note else notes == []


def test_the_diff_shows_what_a_patch_changes():
    before = node(unschedulable=True, cordon=cordon(), other="x")
    patch, _notes = plan.plan_uncordon(before, "r1", {"a": "1"})
    keys = [KEY, "a"]
    assert plan.node_view(before, None, keys) == {
        "unschedulable": True,
        "annotations": {KEY: before["metadata"]["annotations"][KEY]},
    }
    assert plan.node_view(before, patch, keys) == {"unschedulable": False, "annotations": {"a": "1"}}
