# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._drain import pod_rules
from ansible_collections.cri.switchover.plugins.module_utils._drain.options import DEFAULTS
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._drain.pod_entry import pod

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
    found, reasons = pod_rules.classify(what, dict(DEFAULTS, **given), newcomer)
    assert (found, reasons[0]) == verdict


def test_all_that_refuses_a_pod_is_named_at_once():
    found = pod_rules.classify(pod(kind=None, emptydir=True, pdbs=["a", "b"]), DEFAULTS)
    assert found == ("refuse", ["unmanaged", "emptydir", "two-pdbs"])


def test_every_refusal_names_the_options_that_would_allow_it():
    allowed_by = {
        "unmanaged": ["force", "switchover_drain_force"],
        "controller-gone": ["force", "switchover_drain_force"],
        "emptydir": ["delete_emptydir", "switchover_drain_delete_emptydir"],
        "two-pdbs": ["disable_eviction", "switchover_drain_disable_eviction"],
    }
    assert set(pod_rules.REMEDIES) == set(allowed_by)
    for reason, names in allowed_by.items():
        assert all(name in pod_rules.REMEDIES[reason] for name in names)


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
    assert pod_rules.warnings_of(what, dict(DEFAULTS, **options), {"shop/a"}) == warnings
    assert set(warnings) <= set(pod_rules.WARNINGS)
