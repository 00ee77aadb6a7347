# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._drain import plan


def pod(name="p", kind="ReplicaSet", **changes):
    """As _cluster.pod_entry makes it."""
    made = {
        "namespace": "shop",
        "name": name,
        "uid": "u-" + name,
        "owner_kind": kind,
        "owner_gone": False,
        "owner_single": False,
        "labels": {},
        "pdbs": [],
        "tolerates_cordon": False,
        "static": False,
        "phase": "Running",
        "terminating": False,
        "emptydir": False,
        "grace": 30,
    }
    assert set(changes) <= set(made)
    return dict(made, **changes)


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
    assert plan.tolerates_cordon({"spec": {"tolerations": [toleration]}}) is tolerates


LOCAL, GONE, STAYS = {"emptydir": True}, {"owner_gone": True}, {"tolerates_cordon": True}
E, F = {"delete_emptydir": True}, {"force": True}
EF = dict(E, **F)
WEB = {"selector": {"matchLabels": {"app": "web"}}}
SKIP = {"skip_namespaces": ["shop"]}
TWO = {"pdbs": ["shop/a", "shop/b"]}


@pytest.mark.parametrize(
    "what, options, verdict",
    [
        (pod(), {}, ("evict", "ReplicaSet")),
        (pod(kind="StatefulSet"), {}, ("evict", "StatefulSet")),
        (pod(kind="SomethingElse"), {}, ("evict", "SomethingElse")),
        (pod(kind="Node", static=True), {}, ("keep", "static")),
        (pod(kind=None, static=True, **LOCAL), {}, ("keep", "static")),
        (pod(kind="DaemonSet"), {}, ("keep", "daemonset")),
        (pod(kind="DaemonSet", **LOCAL), EF, ("keep", "daemonset")),
        (pod(kind="DaemonSet", terminating=True), {}, ("keep", "daemonset")),
        (pod(kind="DaemonSet", **GONE), {}, ("refuse", "controller-gone")),
        (pod(kind="ReplicaSet", **GONE), {}, ("refuse", "controller-gone")),
        (pod(kind="DaemonSet", **GONE), F, ("evict", "DaemonSet")),
        (pod(kind="DaemonSet", **GONE, **LOCAL), F, ("refuse", "emptydir")),
        (pod(kind=None), {}, ("refuse", "unmanaged")),
        (pod(kind=None), E, ("refuse", "unmanaged")),
        (pod(kind=None), F, ("evict", "unmanaged")),
        (pod(kind=None, **LOCAL), F, ("refuse", "emptydir")),
        (pod(kind=None, **LOCAL), EF, ("evict", "unmanaged")),
        (pod(**LOCAL), {}, ("refuse", "emptydir")),
        (pod(**LOCAL), E, ("evict", "ReplicaSet")),
        (pod(kind=None, phase="Succeeded", **LOCAL), {}, ("evict", "finished")),
        (pod(kind="Job", phase="Failed", **GONE), {}, ("evict", "finished")),
        (pod(kind=None, terminating=True, **LOCAL), {}, ("wait", "terminating")),
        (pod(**STAYS), {}, ("evict", "ReplicaSet")),
        (pod(**STAYS), {"newcomer": True}, ("keep", "tolerates-cordon")),
        (pod(), {"newcomer": True}, ("evict", "ReplicaSet")),
        (pod(**TWO), {}, ("refuse", "two-pdbs")),
        (pod(**TWO), {"disable_eviction": True}, ("evict", "ReplicaSet")),
        (pod(pdbs=["shop/a"]), {}, ("evict", "ReplicaSet")),
        (pod(labels={"app": "web"}), WEB, ("evict", "ReplicaSet")),
        (pod(labels={"app": "db"}), WEB, ("keep", "not-selected")),
        (pod(kind=None), WEB, ("keep", "not-selected")),
        (pod(kind="DaemonSet"), WEB, ("keep", "daemonset")),
        (pod(kind=None), SKIP, ("keep", "namespace-skipped")),
        (pod(terminating=True), SKIP, ("keep", "namespace-skipped")),
        (pod(static=True), SKIP, ("keep", "static")),
    ],
)
def test_classes_of_pods(what, options, verdict):
    newcomer = options.get("newcomer", False)
    given = {key: options[key] for key in options if key != "newcomer"}
    found, reasons = plan.classify(what, dict(plan.DEFAULTS, **given), newcomer)
    assert (found, reasons[0]) == verdict


def test_all_that_refuses_a_pod_is_told_at_once():
    found = plan.classify(pod(kind=None, emptydir=True, pdbs=["a", "b"]), plan.DEFAULTS)
    assert found == ("refuse", ["unmanaged", "emptydir", "two-pdbs"])


def test_every_refusal_names_the_options_that_would_allow_it():
    allowed_by = {
        "unmanaged": ["force", "switchover_drain_force"],
        "controller-gone": ["force", "switchover_drain_force"],
        "emptydir": ["delete_emptydir", "switchover_drain_delete_emptydir"],
        "two-pdbs": ["disable_eviction", "switchover_drain_disable_eviction"],
    }
    assert set(plan.REMEDIES) == set(allowed_by)
    for reason, names in allowed_by.items():
        assert all(name in plan.REMEDIES[reason] for name in names)


@pytest.mark.parametrize(
    "what, options, warnings",
    [
        (pod(), {}, []),
        (pod(owner_single=True), {}, ["single-replica"]),
        (pod(pdbs=["shop/a"]), {}, ["pdb-exhausted"]),
        (pod(pdbs=["shop/b"]), {}, []),
        (pod(pdbs=["shop/a"]), {"disable_eviction": True}, []),
        (pod(grace=900), {}, []),
        (pod(grace=901), {}, ["grace-exceeds-timeout"]),
        (pod(grace=901), {"grace": 0}, []),
        (pod(grace=0), {"grace": 1000}, ["grace-exceeds-timeout"]),
        (pod(grace=60, owner_single=True), {"timeout": 30}, ["single-replica", "grace-exceeds-timeout"]),
        (pod(grace=None), {}, []),
    ],
)
def test_warnings(what, options, warnings):
    assert plan.warnings_of(what, dict(plan.DEFAULTS, **options), {"shop/a"}) == warnings
    assert set(warnings) <= set(plan.WARNINGS)


def test_a_plan_is_in_order_and_names_budgets():
    pdbs = [{"namespace": "shop", "name": "web", "allowed": 0}]
    pods = [
        pod("b", pdbs=["shop/web"]),
        pod("a"),
        pod("d", kind="DaemonSet"),
        pod("c", kind=None),
        pod("e", phase="Succeeded", owner_single=True),
        pod("new", **STAYS),
    ]
    made = plan.plan_pods(pods, pdbs, plan.DEFAULTS, newcomers={"u-new"})
    assert [(e["name"], e["reason"], e["pdbs"], e["warnings"]) for e in made["evict"]] == [
        ("a", "ReplicaSet", [], []),
        ("b", "ReplicaSet", ["shop/web"], ["pdb-exhausted"]),
        ("e", "finished", [], []),
    ]
    assert [(e["name"], e["reason"]) for e in made["keep"]] == [("d", "daemonset"), ("new", "tolerates-cordon")]
    assert [e["name"] for e in made["refuse"]] == ["c"]


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
        (429, "CRI-API-BUSY", [], "retry"),
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


@pytest.mark.parametrize(
    "status, message, verdict",
    [
        (409, "the UID in the precondition (u) does not match the UID in record (v)", "retry"),
        (409, "Precondition failed: UID in precondition: u, UID in object meta: v", "gone"),
        (429, "Cannot evict pod as it would violate the pod's disruption budget.", "budget"),
        (429, "The disruption budget web is still being processed by the server.", "budget"),
        (429, "too many requests, please try again later", "retry"),
        (
            500,
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            "two-pdbs",
        ),
        (500, "etcdserver: leader changed", "retry"),
    ],
)
def test_what_only_the_message_tells(status, message, verdict):
    assert plan.judge_refusal(status, "x", [], message) == verdict
