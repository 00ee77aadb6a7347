# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of the inventory: each is one node, and together they are the cluster's nodes on Docker. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, FLEET, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import Run
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cluster_node import node_name
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Assessment, Cluster, Findings, Settings


def judge_hosts(assessments: list[Assessment]) -> Findings:
    """A run without hosts, and hosts that are the same node."""
    if not assessments:
        yield finding(
            BLOCKER,
            "CRI-PF-NO-NODES",
            FLEET,
            "no node of the inventory is part of this run",
            "check the group of switchover_node_group, and --limit",
        )
    names: dict[str | None, list[str]] = {}
    for item in assessments:
        if item.get("info") and not dig(item, "settings.skip"):
            names.setdefault(node_name(item["info"], item["settings"]), []).append(item["host"])
    for name in sorted(n for n in names if n and len(names[n]) > 1):
        yield finding(
            BLOCKER,
            "CRI-PF-NODE-TWICE",
            FLEET,
            "hosts %s are all node %s" % (listed(names[name]), name),
            "keep one of them in the inventory, or set switchover_node_name for each",
            name=name,
            hosts=names[name],
        )


def judge(
    assessments: list[Assessment], cluster: Cluster, settings: Settings, allowed: Collection[str] = ()
) -> Findings:
    """A slice of a job, or an incomplete inventory: its groups lack nodes that are on Docker.

    ``allowed``: the exceptions of switchover_allow.
    """
    if settings.get("goal") == "revert" or not settings.get("inventory"):
        return
    unknown = _unknown_nodes(assessments, cluster.get("docker_nodes") or [], settings["inventory"])
    if unknown:
        yield finding(
            BLOCKER,
            "CRI-PF-INVENTORY",
            FLEET,
            "the cluster has nodes on Docker that no host of the inventory's groups is: %s" % listed(unknown),
            "add them, and do not slice the job: batches and the limit of failures count only what the inventory has. "
            "To exclude a node, use switchover_skip or switchover_only",
            "other-nodes",
            allowed,
            nodes=unknown,
        )


def _unknown_nodes(assessments: list[Assessment], docker_nodes: list[str], inventory: list[str]) -> list[str]:
    """Nodes on Docker that no host of the inventory can be.

    Of a host that was read, its node is known. Any other one is the node of its name, or else may be any node.
    """
    names, unread = set(), list(inventory)
    for item in assessments:
        name = node_name(item.get("info") or {}, item.get("settings") or {})
        if name:
            names.add(name)
            unread = [host for host in unread if host != item["host"]]
    left = [name for name in docker_nodes if name not in names]
    for name in list(left):
        same = [host for host in unread if host == name or host.split(".")[0] == name.split(".")[0]]
        if same:
            left.remove(name)
            unread.remove(same[0])
    return left if len(left) > len(unread) else []


def check_run(run: Run) -> Findings:
    """The hosts by themselves, and beside the cluster's nodes where these are known."""
    yield from judge_hosts(run.assessments)
    if run.cluster.get("reachable"):
        yield from judge(run.assessments, run.cluster, run.settings, run.allowed)
