# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    CLUSTER,
    INFO,
    POD,
    SETTINGS,
    changed,
    found,
    tokens,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge

NODE_FINDINGS = [
    ("blocker", "CRI-PF-UNMANAGED-PODS", {"nodes/node1/pods": [dict(POD, owner_kind=None)]}),
    ("blocker", "CRI-PF-EMPTYDIR-PODS", {"nodes/node1/pods": [dict(POD, emptydir=True)]}),
    ("blocker", "CRI-PF-CONTROLLER-GONE-PODS", {"nodes/node1/pods": [dict(POD, owner_gone=True)]}),
    ("blocker", "CRI-PF-TWO-PDBS-PODS", {"nodes/node1/pods": [dict(POD, pdbs=["shop/a", "shop/b"])]}),
    ("warning", "CRI-PF-SINGLE-REPLICA-PODS", {"nodes/node1/pods": [dict(POD, owner_single=True)]}),
    ("warning", "CRI-PF-GRACE-PODS", {"nodes/node1/pods": [dict(POD, grace=901)]}),
]


@pytest.mark.parametrize("level, token, changes", NODE_FINDINGS)
def test_what_the_cluster_says(level, token, changes):
    findings = found(cluster=changed(CLUSTER, changes))
    assert tokens(findings, level) == [token] and len(findings) == 1


@pytest.mark.parametrize(
    "pod",
    [
        dict(POD, owner_kind=None, phase="Succeeded"),
        dict(POD, owner_kind="DaemonSet", emptydir=True),
        dict(POD, owner_kind="Node", static=True, emptydir=True),
        dict(POD, host_paths=["/run/xtables.lock", "/var/log", "/lib/modules"]),
    ],
)
def test_pods_that_are_no_trouble(pod):
    assert found(cluster=changed(CLUSTER, {"nodes/node1/pods": [pod]})) == []


def test_drain_settings_allow_pods():
    pods = [dict(POD, owner_kind=None, emptydir=True)]
    settings = dict(SETTINGS, drain_force=True, drain_delete_emptydir=True)
    assert found(cluster=changed(CLUSTER, {"nodes/node1/pods": pods}), settings=settings) == []


DELETES = dict(SETTINGS, drain_disable_eviction=True)


@pytest.mark.parametrize(
    "settings, pod, wanted",
    [
        (dict(SETTINGS, drain_timeout="1000"), dict(POD, grace=901), []),
        (dict(SETTINGS, drain_grace="0"), dict(POD, grace=901), []),
        (dict(SETTINGS, drain_grace=901), POD, ["CRI-PF-GRACE-PODS"]),
        (dict(SETTINGS, drain_selector="app=db"), dict(POD, emptydir=True), []),
        (dict(SETTINGS, drain_selector="app=web"), dict(POD, emptydir=True), ["CRI-PF-EMPTYDIR-PODS"]),
        (dict(SETTINGS, drain_selector=""), dict(POD, emptydir=True), ["CRI-PF-EMPTYDIR-PODS"]),
        (dict(SETTINGS, drain_skip_namespaces=["shop"]), dict(POD, owner_kind=None), []),
        (dict(SETTINGS, drain_force=True), dict(POD, owner_gone=True), []),
        (DELETES, dict(POD, pdbs=["shop/a", "shop/b"]), ["CRI-PF-NO-EVICTION"]),
        (SETTINGS, dict(POD, owner_kind=None, emptydir=True), ["CRI-PF-EMPTYDIR-PODS", "CRI-PF-UNMANAGED-PODS"]),
    ],
)
def test_settings_of_the_drain_count(settings, pod, wanted):
    cluster = changed(CLUSTER, {"nodes/node1/pods": [pod]})
    assert [item["token"] for item in found(cluster=cluster, settings=settings)] == wanted


@pytest.mark.parametrize("may, blocked", [(True, []), (False, ["CRI-PF-RIGHTS"])])
def test_a_drain_that_deletes_needs_that_right(may, blocked):
    assert tokens(found(cluster=dict(CLUSTER, rights={"delete pods": may}), settings=DELETES)) == blocked


def test_the_plan_of_the_drain_is_shown_pod_by_pod():
    pods = [
        dict(POD, owner_single=True, pdbs=["shop/web"]),
        dict(POD, name="agent", owner_kind="DaemonSet"),
        dict(POD, name="old", terminating=True),
    ]
    pdbs = [{"namespace": "shop", "name": "web", "allowed": 0, "expected": 4}]
    cluster = changed(CLUSTER, {"nodes/node1/pods": pods, "pdbs": pdbs})
    judged = judge.judge("node1", INFO, cluster, SETTINGS)
    (plan,) = [item for item in judged if item["token"] == "CRI-PF-DRAIN-PLAN"]
    assert plan["level"] == "note"
    assert plan["details"]["evict"] == [
        {"pod": "shop/web-1", "reason": "ReplicaSet", "warnings": ["single-replica", "pdb-exhausted"]},
        {"pod": "shop/old", "reason": "terminating", "warnings": []},
    ]
    assert plan["details"]["leave"] == [{"pod": "shop/agent", "reason": "daemonset", "warnings": []}]
    assert plan["message"] == (
        "a drain evicts 2 pods - shop/web-1 (ReplicaSet, single-replica, pdb-exhausted), shop/old (terminating), "
        "leaves 1 - shop/agent (daemonset)"
    )
