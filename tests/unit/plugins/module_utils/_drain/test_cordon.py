# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._drain import cordon as plan

KEY = "cri.switchover/cordon"
SCALE_DOWN = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
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


def noted(before, **more):
    """A cordon of this release, which remembers what SCALE_DOWN said."""
    return dict(cordon(**more), scale_down=before)


def with_scale_down(value, kept=None, unschedulable=True):
    return node(unschedulable, kept, **({} if value is None else {SCALE_DOWN: value}))


@pytest.mark.parametrize(
    "before, remembered",
    [
        (with_scale_down(None, unschedulable=None), None),
        (with_scale_down("true", unschedulable=None), "true"),
        (with_scale_down("false", unschedulable=None), "false"),
        # cordoned by somebody before: it leaves its window, too
        (with_scale_down(None), None),
        # an earlier run's: its "true" is ours, anything else is somebody's
        (with_scale_down("true", noted(None, run_id="r0")), None),
        (with_scale_down("true", noted("false", run_id="r0")), "false"),
        (with_scale_down("false", noted(None, run_id="r0")), "false"),
        (with_scale_down(None, noted("true", run_id="r0")), None),
        # kubectl uncordon, which leaves both annotations
        (with_scale_down("true", noted(None), unschedulable=None), None),
        # of an older release, or damaged: what is there is not our doing
        (with_scale_down(None, cordon("r0")), None),
        (with_scale_down("true", cordon("r0")), "true"),
        (with_scale_down("true", "{"), "true"),
        (with_scale_down("true", dict(cordon("r0"), scale_down=["x"])), "true"),
    ],
)
def test_a_cordon_keeps_the_autoscaler_away(before, remembered):
    patch, kept, _notes = plan.plan_cordon(before, "r1", NOW)
    assert kept["scale_down"] == remembered
    assert patch["metadata"]["annotations"] == {KEY: json.dumps(kept, sort_keys=True), SCALE_DOWN: "true"}


def test_a_cordon_of_the_same_run_is_not_repeated():
    assert plan.plan_cordon(with_scale_down("false", noted(None)), "r1", NOW)[0] is None


@pytest.mark.parametrize(
    "before, annotate, scale_down",
    [
        (with_scale_down("true", noted(None)), {}, {SCALE_DOWN: None}),
        (with_scale_down("true", noted("false")), {}, {SCALE_DOWN: "false"}),
        (with_scale_down("true", noted("")), {}, {SCALE_DOWN: ""}),
        (with_scale_down("true", noted("true")), {}, {}),
        (with_scale_down("true", noted(None, run_id="r0")), {}, {SCALE_DOWN: None}),
        (with_scale_down("true", noted(None, was=True)), {}, {SCALE_DOWN: None}),
        (with_scale_down("true", noted(None), unschedulable=None), {}, {SCALE_DOWN: None}),
        # changed meanwhile: theirs
        (with_scale_down("false", noted(None)), {}, {}),
        (with_scale_down(None, noted("false")), {}, {}),
        # not ours, or nothing is known of it
        (with_scale_down("true"), {}, {}),
        (with_scale_down("true", cordon()), {}, {}),
        (with_scale_down("true", "{"), {}, {}),
        # wanted by the caller
        (with_scale_down("true", noted(None)), {SCALE_DOWN: "true"}, {}),
        (with_scale_down("true", noted(None)), {SCALE_DOWN: "no"}, {SCALE_DOWN: "no"}),
    ],
)
def test_an_uncordon_restores_the_autoscalers_annotation(before, annotate, scale_down):
    patch, _notes = plan.plan_uncordon(before, "r1", annotate)
    annotations = (patch or {}).get("metadata", {}).get("annotations", {})
    assert {key: value for key, value in annotations.items() if key != KEY} == scale_down
    assert annotations.get(KEY, "") is (None if KEY in before["metadata"]["annotations"] else "")


def test_what_a_damaged_cordon_leaves_is_reported():
    notes = plan.plan_uncordon(with_scale_down("true", "{"), "r1", {})[1]
    assert len(notes) == 2 and SCALE_DOWN in notes[1]
    assert len(plan.plan_uncordon(with_scale_down(None, "{"), "r1", {})[1]) == 1


def test_cordon_and_uncordon_leave_nothing():
    for said in (None, "true", "false"):
        before = with_scale_down(said, unschedulable=None)
        now = applied(before, plan.plan_cordon(before, "r1", NOW)[0])
        now = applied(now, plan.plan_cordon(now, "r2", NOW)[0])
        assert now["metadata"]["annotations"][SCALE_DOWN] == "true"
        assert applied(now, plan.plan_uncordon(now, "r3", {})[0]) == dict(before, spec={})


def applied(before, patch):
    """A merge patch of the API server's."""
    annotations = dict(before["metadata"]["annotations"], **patch["metadata"]["annotations"])
    spec = dict(before["spec"], **patch.get("spec", {}))
    return {
        "metadata": dict(before["metadata"], annotations={k: v for k, v in annotations.items() if v is not None}),
        "spec": {k: v for k, v in spec.items() if v is not None},
    }


def test_the_diff_shows_what_a_patch_changes():
    before = node(unschedulable=True, cordon=cordon(), other="x")
    patch, _notes = plan.plan_uncordon(before, "r1", {"a": "1"})
    keys = [KEY, "a"]
    assert plan.node_view(before, None, keys) == {
        "unschedulable": True,
        "annotations": {KEY: before["metadata"]["annotations"][KEY]},
    }
    assert plan.node_view(before, patch, keys) == {"unschedulable": False, "annotations": {"a": "1"}}
