# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils import _drain_plan as plan

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


def pod(
    name="p", kind="ReplicaSet", phase="Running", volumes=(), labels=None, static=False, gone=False, tolerations=()
):
    meta = {"namespace": "shop", "name": name, "uid": "u-" + name, "labels": labels or {}}
    if kind:
        meta["ownerReferences"] = [{"kind": kind, "name": "o", "controller": True}]
    if static:
        meta["annotations"] = {"kubernetes.io/config.mirror": "x"}
    if gone:
        meta["deletionTimestamp"] = NOW
    spec = {"volumes": list(volumes), "tolerations": list(tolerations)}
    return {"metadata": meta, "spec": spec, "status": {"phase": phase}}


EMPTYDIR = {"name": "e", "emptyDir": {}}
EVERYTHING = {"operator": "Exists"}


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


@pytest.mark.parametrize(
    "selector, labels, version, matches",
    [
        (None, {"a": "1"}, "v1", False),
        ({}, {"a": "1"}, "v1", True),
        ({}, {"a": "1"}, "v1beta1", False),
        ({"matchLabels": {"a": "1"}}, {"a": "1", "b": "2"}, "v1", True),
        ({"matchLabels": {"a": "1", "b": "3"}}, {"a": "1", "b": "2"}, "v1", False),
        ({"matchLabels": {"a": "1"}}, {}, "v1", False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, {"a": "2"}, "v1", True),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]}, {}, "v1", False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, {"a": "1"}, "v1", False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, {}, "v1", True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {"a": ""}, "v1", True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {}, "v1", False),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {}, "v1", True),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {"a": ""}, "v1", False),
        (
            {"matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]},
            {"a": "", "b": "2"},
            "v1",
            False,
        ),
    ],
)
def test_selectors(selector, labels, version, matches):
    assert plan.selects(selector, labels, version) is matches


@pytest.mark.parametrize("phase, asked", [("Running", True), ("Unknown", True), ("Pending", False), ("Failed", False)])
def test_budgets_of_a_pod(phase, asked):
    pdbs = [
        {"metadata": {"namespace": ns, "name": name}, "spec": {"selector": {"matchLabels": {"app": app}}}}
        for ns, name, app in (("shop", "b", "web"), ("shop", "a", "web"), ("shop", "c", "db"), ("other", "d", "web"))
    ]
    wanted = ["shop/a", "shop/b"] if asked else []
    assert plan.pdbs_of(pod(phase=phase, labels={"app": "web"}), pdbs) == wanted


@pytest.mark.parametrize(
    "toleration, tolerates",
    [
        ({"operator": "Exists"}, True),
        ({"operator": "Exists", "effect": "NoSchedule"}, True),
        ({"operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}, True),
        ({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}, True),
        ({"key": "node.kubernetes.io/unschedulable", "value": "x"}, False),
        ({"key": "node.kubernetes.io/not-ready", "operator": "Exists"}, False),
    ],
)
def test_tolerating_the_cordon(toleration, tolerates):
    assert plan.tolerates_cordon(pod(tolerations=[toleration])) is tolerates


E, F = {"delete_emptydir": True}, {"force": True}
EF = dict(E, **F)


@pytest.mark.parametrize(
    "what, options, verdict",
    [
        (pod(), {}, ("evict", "ReplicaSet")),
        (pod(kind="StatefulSet"), {}, ("evict", "StatefulSet")),
        (pod(kind="SomethingElse"), {}, ("evict", "SomethingElse")),
        (pod(kind="Node", static=True), {}, ("keep", "static")),
        (pod(kind=None, static=True, volumes=[EMPTYDIR]), {}, ("keep", "static")),
        (pod(kind="DaemonSet"), {}, ("keep", "daemonset")),
        (pod(kind="DaemonSet", volumes=[EMPTYDIR]), EF, ("keep", "daemonset")),
        (pod(kind="DaemonSet"), {"daemonset_gone": True}, ("refuse", "daemonset-gone")),
        (pod(kind="DaemonSet"), dict(F, daemonset_gone=True), ("evict", "DaemonSet")),
        (pod(kind="DaemonSet", volumes=[EMPTYDIR]), dict(F, daemonset_gone=True), ("refuse", "emptydir")),
        (pod(kind=None), {}, ("refuse", "unmanaged")),
        (pod(kind=None), E, ("refuse", "unmanaged")),
        (pod(kind=None), F, ("evict", "unmanaged")),
        (pod(kind=None, volumes=[EMPTYDIR]), F, ("refuse", "emptydir")),
        (pod(kind=None, volumes=[EMPTYDIR]), EF, ("evict", "unmanaged")),
        (pod(volumes=[EMPTYDIR]), {}, ("refuse", "emptydir")),
        (pod(volumes=[EMPTYDIR]), E, ("evict", "ReplicaSet")),
        (pod(volumes=[{"name": "m", "emptyDir": {"medium": "Memory"}}]), {}, ("refuse", "emptydir")),
        (pod(volumes=[{"name": "m", "configMap": {}}]), {}, ("evict", "ReplicaSet")),
        (pod(kind=None, phase="Succeeded", volumes=[EMPTYDIR]), {}, ("evict", "finished")),
        (pod(kind="Job", phase="Failed"), {}, ("evict", "finished")),
        (pod(gone=True, kind=None, volumes=[EMPTYDIR]), {}, ("wait", "terminating")),
        (pod(tolerations=[EVERYTHING]), {}, ("evict", "ReplicaSet")),
        (pod(tolerations=[EVERYTHING]), {"newcomer": True}, ("keep", "tolerates-cordon")),
        (pod(), {"newcomer": True}, ("evict", "ReplicaSet")),
        (pod(), {"pdbs": ["a", "b"]}, ("refuse", "two-pdbs")),
        (pod(), {"pdbs": ["a"]}, ("evict", "ReplicaSet")),
    ],
)
def test_classes_of_pods(what, options, verdict):
    defaults = {"pdbs": [], "delete_emptydir": False, "force": False, "newcomer": False, "daemonset_gone": False}
    assert plan.classify(what, **dict(defaults, **options)) == verdict


def test_a_plan_is_in_order_and_names_budgets():
    pdbs = [{"metadata": {"namespace": "shop", "name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}}]
    pods = [
        pod("b", labels={"app": "web"}),
        pod("a"),
        pod("d", kind="DaemonSet"),
        pod("c", kind=None),
        pod("new", tolerations=[EVERYTHING]),
    ]
    options = {"delete_emptydir": False, "force": False}
    made = plan.plan_pods(pods, pdbs, "v1", options, original={"u-a", "u-b", "u-c", "u-d"})
    assert [(e["name"], e["pdbs"]) for e in made["evict"]] == [("a", []), ("b", ["shop/web"])]
    assert [(e["name"], e["reason"]) for e in made["keep"]] == [("d", "daemonset"), ("new", "tolerates-cordon")]
    assert [e["name"] for e in made["refuse"]] == ["c"]
    gone = plan.plan_pods(pods, pdbs, "v1", options, gone_daemonsets=[("shop", "o")])
    assert [(e["name"], e["reason"]) for e in gone["refuse"]] == [("c", "unmanaged"), ("d", "daemonset-gone")]
    assert plan.daemonsets_of(pods) == [("shop", "o")]


@pytest.mark.parametrize("grace, wanted", [(None, None), (0, 0), (30, 30)])
def test_an_eviction_says_which_pod_it_means(grace, wanted):
    body = plan.eviction({"namespace": "shop", "name": "p", "uid": "u"}, "policy/v1", grace)
    assert (body["apiVersion"], body["kind"]) == ("policy/v1", "Eviction")
    assert body["metadata"] == {"namespace": "shop", "name": "p"}
    assert body["deleteOptions"]["preconditions"] == {"uid": "u"}
    assert body["deleteOptions"].get("gracePeriodSeconds") == wanted


@pytest.mark.parametrize(
    "resources, version",
    [
        ([{"name": "pods/eviction", "group": "policy", "version": "v1"}], "policy/v1"),
        ([{"name": "pods/eviction", "group": "policy", "version": "v1beta1"}], "policy/v1beta1"),
        ([{"name": "pods"}, {"name": "pods/eviction"}], "policy/v1beta1"),
        ([], "policy/v1beta1"),
    ],
)
def test_the_eviction_api_that_a_server_speaks(resources, version):
    assert plan.eviction_version({"resources": resources}) == version


@pytest.mark.parametrize(
    "status, reason, causes, verdict",
    [
        (404, "CRI-API-NOTFOUND", [], "gone"),
        (429, "CRI-API-BUSY", ["DisruptionBudget"], "budget"),
        (403, "CRI-API-FORBIDDEN", [], "fatal"),
        (403, "CRI-API-FORBIDDEN", ["NamespaceTerminating"], "retry"),
        (401, "CRI-API-UNAUTHORIZED", [], "fatal"),
        (400, "CRI-API-ERROR", [], "fatal"),
        (422, "CRI-API-ERROR", [], "fatal"),
        (409, "CRI-API-CONFLICT", [], "retry"),
        (500, "CRI-API-ERROR", [], "retry"),
        (503, "CRI-API-ERROR", [], "retry"),
        (None, "CRI-API-UNREACHABLE", [], "retry"),
    ],
)
def test_what_a_refused_eviction_means(status, reason, causes, verdict):
    assert plan.judge_refusal(status, reason, causes) == verdict


def test_a_message_names_ten_pods():
    entries = [{"namespace": "s", "name": "p%d" % number, "pdbs": []} for number in range(12)]
    assert plan.describe(entries).endswith("s/p9 and 2 more")
    assert plan.describe([dict(entries[0], pdbs=["s/a", "s/b"])]) == "s/p0 (PDB s/a, s/b)"
