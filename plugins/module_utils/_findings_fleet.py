# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What concerns a rollout as a whole, besides the API itself: its inventory, and who else works on nodes. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._findings_base import (
    BLOCKER,
    FLEET,
    WARNING,
    dig,
    finding,
    human,
    listed,
)
from ansible_collections.cri.switchover.plugins.module_utils._findings_cluster import node_name
from ansible_collections.cri.switchover.plugins.module_utils._neighbours import GROUPS


def _strangers(assessments, docker_nodes, inventory):
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


def judge_settings(assessments):
    """What is of the whole run is read once, of the first host: another value for others would count for nothing."""
    # The first one may be one that is skipped.
    given = [(item["host"], dig(item, "settings.run_wide", {})) for item in assessments]
    for name in sorted(set(name for _host, values in given for name in values)):
        first, wanted = given[0][0], given[0][1].get(name)
        others = [host for host, values in given if values.get(name) != wanted]
        if others:
            yield finding(
                BLOCKER,
                "SETTINGS-DIFFER",
                FLEET,
                "%s is not the same for all hosts: %s differ from %s" % (name, listed(others), first),
                "it is of the whole run: set it for the group all, or with -e",
                setting=name,
                hosts=others,
            )


def judge_inventory(assessments, cluster, settings):
    """A slice of a job, or a pruned inventory: its groups lack nodes that are on Docker."""
    if settings.get("goal") == "revert" or not settings.get("inventory"):
        return
    strangers = _strangers(assessments, cluster.get("docker_nodes") or [], settings["inventory"])
    if strangers:
        yield finding(
            BLOCKER,
            "INVENTORY",
            FLEET,
            "the cluster has nodes on Docker that no host of the inventory's groups is: %s" % listed(strangers),
            "add them, and do not slice the job: batches and the failure budget count only what the inventory has. To "
            "leave a node out, use switchover_skip or switchover_only",
            "other-nodes",
            settings.get("allow") or (),
            nodes=strangers,
        )


def judge_room(node, info, cluster, settings):
    """Whether the other nodes have room for what leaves this one: sums, which say nothing of how pods fit."""
    rooms, name = cluster.get("room") or {}, node_name(info, settings)
    if name not in rooms:
        return
    lacking = {}
    for resource, moves in sorted(rooms[name]["moves"].items()):
        free = sum(rooms[other]["free"][resource] for other in rooms if other != name and rooms[other]["free"])
        if moves > free:
            lacking[resource] = {"moves": moves, "free": free}
    if lacking:
        said = ["%s %s of %s" % (r, _amount(r, n["free"]), _amount(r, n["moves"])) for r, n in lacking.items()]
        yield finding(
            BLOCKER if settings.get("require_room") else WARNING,
            "ROOM",
            node,
            "the other nodes have less room than the pods of %s request that a drain sets in motion: %s"
            % (name, listed(said)),
            "make room first, or some of them wait until the node is back",
            lacking=lacking,
        )


def _amount(resource, number):
    return human(number) if resource == "memory" else "%g" % round(number, 3)


def judge_neighbours(cluster):
    """Others that restart, replace or write to nodes."""
    neighbours = cluster.get("neighbours") or {}
    kured = neighbours.get("kured")
    if kured:
        held = " It restarts now: %s." % listed(kured["nodes"]) if kured["nodes"] else ""
        yield finding(
            WARNING,
            "KURED",
            FLEET,
            "kured (DaemonSet %s) may restart a node in its window.%s" % (kured["daemonset"], held),
            "no batch begins while a node holds its lock; to keep it from taking it, hold that yourself",
            **kured
        )
    for group in dig(cluster, "neighbours.groups", []):
        yield finding(
            WARNING,
            "NEIGHBOUR",
            FLEET,
            "the API serves %s" % group,
            GROUPS[group],
            group=group,
        )
