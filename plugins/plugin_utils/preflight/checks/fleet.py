# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What concerns a rollout as a whole, besides the API itself: its inventory, and who else works on nodes. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, FLEET, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.capacity import lacking, lacking_text
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.external_controllers import GROUPS
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cluster import node_name
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import plan as rollout_plan


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


def _batches(assessments, cluster, settings):
    """The batches of the run, as lists of (host, node). Of hosts that were not read, nothing is known."""
    facts, names = {}, {}
    for item in assessments:
        own = item.get("settings") or {}
        name = node_name(item.get("info") or {}, own)
        if item.get("info") and name:
            names[item["host"]] = name
            info = dict(item["info"], node_name=name)
            facts[item["host"]] = {
                "preflight_info": info,
                "preflight_node_target": own.get("target"),
                "switchover_retry": own.get("retry", False),
            }
    try:
        nodes = rollout_plan.nodes(
            list(facts),
            facts,
            settings.get("control_plane") or (),
            cluster,
            settings.get("target", "containerd"),
            None,
            goal=settings.get("goal", "switch"),
            topology_key=settings.get("topology_key") or rollout_plan.ZONE,
        )
        plan = rollout_plan.plan(nodes, settings.get("batches") or [1], int(settings.get("forks") or 5))
    except rollout_plan.RolloutError:
        return []  # told where the rollout is planned, which ends the run
    order = [(host, names[host]) for host in plan["order"]]
    ends = [sum(plan["serial"][: number + 1]) for number in range(len(plan["serial"]))]
    return [order[end - size : end] for end, size in zip(ends, plan["serial"])]


def judge_room(assessments, cluster, settings):
    """Whether the nodes outside of a batch have room for what leaves all nodes of it."""
    rooms = cluster.get("capacity") or {}
    for batch in _batches(assessments, cluster, settings) if rooms else []:
        leaving = [name for _host, name in batch]
        lack = lacking(rooms, leaving)
        if not lack:
            continue
        smaller = len(batch) > 1 and not any(lacking(rooms, [name]) for name in leaving)
        yield finding(
            BLOCKER if settings.get("require_capacity") else WARNING,
            "ROOM",
            FLEET if len(batch) > 1 else batch[0][0],
            lacking_text(lack, leaving),
            "make room first, or some of them wait until %s back%s"
            % (
                "the nodes are" if len(batch) > 1 else "the node is",
                "; or make batches smaller (switchover_batches): each node alone finds room" if smaller else "",
            ),
            nodes=leaving,
            lacking=lack,
        )


def judge_neighbours(cluster):
    """Others that restart, replace or write to nodes."""
    neighbours = cluster.get("external_controllers") or {}
    kured = neighbours.get("kured")
    if kured:
        held = " It restarts now: %s." % listed(kured["nodes"]) if kured["nodes"] else ""
        yield finding(
            WARNING,
            "KURED",
            FLEET,
            "kured (DaemonSet %s) may restart a node in its window.%s" % (kured["daemonset"], held),
            "no batch begins while a node holds its lock; to keep it from taking it, hold that yourself",
            **kured,
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
