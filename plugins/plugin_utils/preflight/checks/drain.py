# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drain of a node would do, pod by pod; the same plan as node_drain makes. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._drain import plan as drain_plan
from ansible_collections.cri.switchover.plugins.module_utils._drain.options import DEFAULTS
from ansible_collections.cri.switchover.plugins.module_utils._drain.pod_rules import REMEDIES, WARNINGS
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rights import DELETE_RIGHT
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.selectors import parse
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cluster_node import node_name
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.pods import pod_name
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Facts, Finding, Findings, Settings

WHEN = FRESH
NEEDS_API = True

# Why a drain refuses a pod -> the finding's token, and its sentence.
REFUSALS = {
    "unmanaged": ("CRI-PF-UNMANAGED-PODS", "pods that no controller would start again"),
    "controller-gone": ("CRI-PF-CONTROLLER-GONE-PODS", "pods whose controller no longer exists"),
    "emptydir": ("CRI-PF-EMPTYDIR-PODS", "pods with emptyDir volumes, whose data the drain deletes"),
    "two-pdbs": (
        "CRI-PF-TWO-PDBS-PODS",
        "pods that two PodDisruptionBudgets match, which the API can never evict",
    ),
}
# What slows a drain -> the finding's token, and its remedy.
SLOW = {
    "single-replica": (
        "CRI-PF-SINGLE-REPLICA-PODS",
        "run one replica more for that time, or accept that they are down meanwhile",
    ),
    "grace-exceeds-timeout": (
        "CRI-PF-GRACE-PODS",
        "raise switchover_drain_timeout, or shorten it by switchover_drain_grace",
    ),
}

# A pod of a drain's plan: its entry in cluster_info, with reason or reasons, and warnings.
PlannedPod = dict[str, Any]


def drain_options(settings: Settings) -> dict[str, Any]:
    """The options of a drain, from the settings drain_* of a host; ``-e name=value`` delivers text."""
    given = {key: settings["drain_" + key] for key in DEFAULTS if "drain_" + key in settings}
    options = dict(DEFAULTS, **given)
    options["grace"] = None if options["grace"] in (None, "") else int(options["grace"])
    options["timeout"] = int(options["timeout"])
    options["selector"] = parse(options["selector"]) if options["selector"] else None
    return options


def judge(node: str, info: Facts, cluster: Cluster, settings: Settings) -> Findings:
    """What a drain refuses, what slows it, and what it would do."""
    pods = (dig(cluster, "nodes", {}).get(node_name(info, settings)) or {}).get("pods") or []
    options = drain_options(settings)
    plan = drain_plan.plan_pods(pods, cluster.get("pdbs") or [], options)
    for reason, (token, text) in REFUSALS.items():
        held = [pod_name(entry) for entry in plan["refuse"] if reason in entry["reasons"]]
        if held:
            yield finding(BLOCKER, token, node, "%s: %s" % (text, listed(held)), REMEDIES[reason], pods=held)
    for reason, (token, remedy) in SLOW.items():
        slow = [pod_name(entry) for entry in plan["evict"] if reason in entry["warnings"]]
        if slow:
            text = "pods: %s: %s" % (WARNINGS[reason], listed(slow))
            yield finding(WARNING, token, node, text, remedy, pods=slow)
    if options["disable_eviction"]:
        yield from _judge_deletion(node, cluster)
    leaving = plan["evict"] + plan["wait"]
    if leaving or plan["keep"]:
        yield _planned(node, leaving, plan["keep"])


def _judge_deletion(node: str, cluster: Cluster) -> Findings:
    """switchover_drain_disable_eviction."""
    yield finding(
        WARNING,
        "CRI-PF-NO-EVICTION",
        node,
        "pods are deleted, even if PodDisruptionBudgets forbid it",
        "only as a last resort: unset switchover_drain_disable_eviction",
    )
    if dig(cluster, "rights", {}).get(DELETE_RIGHT) is False:
        yield finding(
            BLOCKER,
            "CRI-PF-RIGHTS",
            node,
            "the credentials may not: %s, as switchover_drain_disable_eviction needs" % DELETE_RIGHT,
            "grant it to them, or unset switchover_drain_disable_eviction",
            right=DELETE_RIGHT,
        )


def _planned(node: str, leaving: list[PlannedPod], kept: list[PlannedPod]) -> Finding:
    return finding(
        NOTE,
        "CRI-PF-DRAIN-PLAN",
        node,
        "a drain evicts %d pods%s, leaves %d%s" % (len(leaving), _named(leaving), len(kept), _named(kept)),
        "nothing to do: each pod with its reason is in the finding's details",
        evict=[_brief(entry) for entry in leaving],
        leave=[_brief(entry) for entry in kept],
    )


def _named(entries: list[PlannedPod]) -> str:
    names = ["%s (%s)" % (pod_name(entry), ", ".join([entry["reason"]] + entry["warnings"])) for entry in entries]
    return " - %s" % listed(names) if names else ""


def _brief(entry: PlannedPod) -> dict[str, Any]:
    return {"pod": pod_name(entry), "reason": entry["reason"], "warnings": entry["warnings"]}


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.cluster, case.settings)
