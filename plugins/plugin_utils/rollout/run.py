# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a whole run is to do, as all its plays and roles take it: the fact rollout_result. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.nodes import PlanNode
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.plan import Plan

# The end of cluster_info's entry for a right that the credentials do not have.
LEASE_RIGHT = " leases in kube-system"
ON_TARGET = ("done", "drift")


def result(
    nodes: Sequence[PlanNode], plan: Plan, goal: str, cluster: Cluster, identity: Mapping[str, Any]
) -> dict[str, Any]:
    """The fact: ``run``, ``order``, ``serial``, ``resume``, ``states``, ``node_names``, ``on_target``, ``handlers``.

    ``nodes``: of plan_nodes(); ``plan``: of plan(); ``identity``: run_id, owner, process and created of this run.
    """
    return {
        "run": dict(
            identity,
            goal=goal,
            lease=_needs_lease(plan, cluster),
            # Seconds. Longer than between two renewals: the longest time that any node may keep its batch.
            lease_s=max([node["longest_s"] for node in nodes], default=0),
            baseline=cluster.get("baseline") or {},
            control_plane=[node["name"] for node in nodes if node["control_plane"]],
        ),
        "order": plan["order"],
        "serial": plan["serial"],
        # First come the nodes that an earlier run left in the middle, then those that this run starts.
        "resume": plan["resume"],
        "states": {node["name"]: node["state"] for node in nodes},
        "node_names": {node["name"]: node["node_name"] for node in nodes},
        # Gates also check the nodes that earlier runs switched: {name of the node: its runtime}.
        "on_target": {node["node_name"]: node["runtime"] for node in nodes if node["state"] in ON_TARGET}
        if goal == "switch"
        else {},
        "handlers": [node["handlers"] for node in nodes if node["handlers"] and node["name"] in plan["order"]],
    }


def report(found: Mapping[str, Any]) -> str:
    """What will happen, in a few sentences. ``found``: of result()."""
    goal, order = found["run"]["goal"], found["order"]
    parts = []
    if found["resume"]["order"]:
        parts.append("To resume first: %s." % ", ".join(found["resume"]["order"]))
    if order:
        sizes = ", ".join(str(size) for size in found["serial"])
        wanted = "To revert to Docker" if goal == "revert" else "To switch"
        parts.append("%s, in this order: %s; batches of %s." % (wanted, ", ".join(order), sizes))
    else:
        parts.append("Nothing to revert." if goal == "revert" else "Nothing to switch.")
    parts.append("States: %s." % ", ".join("%s %s" % item for item in sorted(found["states"].items())))
    return " ".join(parts)


def _needs_lease(plan: Plan, cluster: Cluster) -> bool:
    """Whether there is anything that another rollout could disturb, and the right to use Leases."""
    missing = cluster.get("missing_rights") or []
    return bool(plan["order"] or plan["resume"]["order"]) and not any(right.endswith(LEASE_RIGHT) for right in missing)
