# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the nodes outside of a batch have capacity for the pods that leave it? Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, FLEET, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.capacity import lacking, lacking_text
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import Run
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cluster_node import node_name
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Findings, Settings
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import nodes as rollout_nodes
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import plan as rollout_plan
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.errors import RolloutError
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.host_variables import Host

RUN_NEEDS_API = True


def judge(assessments: list[dict[str, Any]], cluster: Cluster, settings: Settings) -> Findings:
    """Each batch whose pods find no capacity elsewhere. About the run as a whole; arguments as in judge_fleet()."""
    capacities = cluster.get("capacity") or {}
    for batch in _batches(assessments, cluster, settings) if capacities else []:
        leaving = [name for _host, name in batch]
        lack = lacking(capacities, leaving)
        if not lack:
            continue
        smaller = len(batch) > 1 and not any(lacking(capacities, [name]) for name in leaving)
        yield finding(
            BLOCKER if settings.get("require_capacity") else WARNING,
            "CRI-PF-CAPACITY",
            FLEET if len(batch) > 1 else batch[0][0],
            lacking_text(lack, leaving),
            "add capacity first, or some of the pods wait until %s back%s"
            % (
                "the nodes are" if len(batch) > 1 else "the node is",
                "; or make batches smaller (switchover_batches): for each node alone there is enough"
                if smaller
                else "",
            ),
            nodes=leaving,
            lacking=lack,
        )


def _batches(assessments: list[dict[str, Any]], cluster: Cluster, settings: Settings) -> list[list[tuple[str, str]]]:
    """The batches of the run, as lists of (host, node). Of hosts that were not read, nothing is known."""
    hosts, names = [], {}
    for item in assessments:
        own = item.get("settings") or {}
        name = node_name(item.get("info") or {}, own)
        if item.get("info") and name:
            names[item["host"]] = name
            info = dict(item["info"], node_name=name)
            retry = str(own.get("retry", False)).lower() == "true"
            hosts.append(Host(item["host"], info, own.get("target") or registry.DEFAULT_TARGET, retry, longest_s=0))
    try:
        nodes = rollout_nodes.plan_nodes(
            hosts,
            settings.get("control_plane") or (),
            cluster,
            settings.get("goal", "switch"),
            settings.get("topology_key") or rollout_nodes.ZONE,
        )
        plan = rollout_plan.plan(nodes, settings.get("batches") or [1], int(settings.get("forks") or 5))
    except RolloutError:
        return []  # where the rollout is planned, this ends the run with its message
    order = [(host, names[host]) for host in plan["order"]]
    ends = [sum(plan["serial"][: number + 1]) for number in range(len(plan["serial"]))]
    return [order[end - size : end] for end, size in zip(ends, plan["serial"])]


def check_run(run: Run) -> Findings:
    """The whole run."""
    yield from judge(run.assessments, run.cluster, run.settings)
