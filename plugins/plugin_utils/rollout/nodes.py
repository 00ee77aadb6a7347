# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a run, each with what it needs. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.errors import RolloutError
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.host_variables import Host, Variables, read_host
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.states import (
    is_cordoned,
    node_state,
    revert_state,
)

# Nodes of a cluster older than the first of these labels carry the second.
ZONE, OLD_ZONE = "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"

# A node of a plan: name, node_name, runtime, longest_s, control_plane, zone, state.
PlanNode = dict[str, Any]


def nodes(
    hosts: Sequence[str],
    facts: Mapping[str, Variables],
    control_plane: Collection[str],
    cluster: Cluster,
    only: Collection[str] = (),
    goal: str = "switch",
    topology_key: str = ZONE,
) -> list[PlanNode]:
    """The hosts of a run, in their order, each with what it needs; hosts that preflight has not read are left out.

    ``facts``: {host: its variables}; ``only``: hosts to work on, all when empty; the rest as in plan_nodes().
    Raises RolloutError when ``only`` names a host that is not among ``hosts``.
    """
    missing = missing_hosts(only, hosts)
    if missing:
        raise RolloutError(missing)
    read = [read_host(name, facts[name]) for name in hosts]
    found = plan_nodes([host for host in read if host], control_plane, cluster, goal, topology_key)
    return [node if not only or node["name"] in only else dict(node, state="excluded") for node in found]


def missing_hosts(only: Collection[str], hosts: Collection[str]) -> str:
    """What to say of hosts that switchover_only names, and that are not part of the run; empty when all are."""
    missing = [name for name in only if name not in hosts]
    return "switchover_only names hosts that are not part of this run: %s" % ", ".join(missing) if missing else ""


def plan_nodes(
    hosts: Sequence[Host],
    control_plane: Collection[str],
    cluster: Cluster,
    goal: str = "switch",
    topology_key: str = ZONE,
) -> list[PlanNode]:
    """The nodes of these hosts, as plan() takes them.

    ``control_plane``: names of the hosts of that group; ``cluster``: cluster_info's result; ``goal``: switch or revert;
    ``topology_key``: the label whose value is the zone. Each has ``name`` (the host), ``node_name``, ``runtime`` (the
    one in use), ``longest_s``, ``handlers``, ``control_plane``, ``zone`` (may be empty) and ``state``.
    """
    return [
        {
            "name": host.name,
            "node_name": host.info["node_name"],
            "runtime": host.info.get("runtime", {}).get("in_use"),
            "longest_s": host.longest_s,
            "handlers": host.handlers,
            "control_plane": host.name in control_plane,
            "zone": _zone(cluster, host.info["node_name"], topology_key),
            "state": _state(host, cluster, goal),
        }
        for host in hosts
    ]


def _state(host: Host, cluster: Cluster, goal: str) -> str:
    cordoned = is_cordoned(cluster, host.info["node_name"])
    if goal == "revert":
        return revert_state(host.info, cordoned)
    return node_state(host.info, host.target, host.settings, cordoned, host.retry)


def _zone(cluster: Cluster, node_name: str, topology_key: str) -> str:
    labels = cluster["nodes"].get(node_name, {}).get("labels", {})
    return labels.get(topology_key) or (labels.get(OLD_ZONE) if topology_key == ZONE else "") or ""
