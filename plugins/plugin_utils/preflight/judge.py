# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of preflight: facts of nodes and cluster in, findings out. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import (
    BLOCKER,
    FLEET,
    LEVELS,
    NOTE,
    WARNING,
    finding,
)
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import (
    DOCKER_ENDPOINTS,
    SHIM_SERVICES,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import (
    cgroup_v2,
    crio,
    disk,
    fleet,
    handlers,
    revert,
    versions,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import cluster as cluster_checks
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import docker as docker_checks
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import node as node_checks
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.plan import (
    RESUMED,
    is_cordoned,
    node_state,
)


def judge(host, info, cluster, settings, unreachable=False, error=None):
    """Everything to say about one host of the inventory, as findings.

    ``info``: what node_runtime_info returned, or None; ``error``: why it did not; ``cluster``: cluster_info's answer;
    ``settings``: goal (switch or revert), target, allow, node_name, skip, retry, drain_force, drain_delete_emptydir
    of this host, and run_wide, what it has been given of settings that are of the whole run.
    """
    return sorted(_judge(host, info, cluster or {}, settings, unreachable, error), key=_order)


def _judge(host, info, cluster, settings, unreachable, error):
    if settings.get("skip"):
        return [finding(NOTE, "SKIPPED", host, "left out by switchover_skip or switchover_only", "nothing to do")]
    if unreachable:
        return [
            finding(
                BLOCKER,
                "UNREACHABLE",
                host,
                "the host does not answer: %s%s"
                % (error or "no connection", cluster_checks.last_seen(cluster, settings.get("node_name") or host)),
                "bring it back, or leave it out (switchover_skip: true)",
            )
        ]
    if not info:
        return [
            finding(
                BLOCKER,
                "NO-FACTS",
                host,
                "the host could not be read: %s" % (error or "node_runtime_info returned nothing"),
                "it needs Python 3.6 or later, and a way to become root (become: true)",
            )
        ]
    if settings.get("goal") == "revert":
        return revert.judge(host, info, cluster, settings)
    target = settings.get("target", "containerd")
    cordoned = is_cordoned(cluster, cluster_checks.node_name(info, settings))
    state = node_state(info, target, None, cordoned, settings.get("retry"))
    found = list(node_checks.judge_journal(host, info))
    found += node_checks.judge_left(host, info, state, settings.get("retry"))
    if state in RESUMED + ("broken",):
        return found + list(_judge_resumed(host, info, cluster, settings))
    if dig(info, "runtime.in_use") == target:
        return found + list(_judge_done(host, info, cluster, settings, target))
    allowed = settings.get("allow") or ()
    found += _judge_source(host, info)
    found += node_checks.judge_parts(host, info)
    found += versions.judge_os(host, info)
    found += versions.judge_kubelet(host, info)
    found += versions.judge_pair(host, info, target)
    if target == "crio":
        found += crio.judge(host, info)
    if dig(info, "runtime.in_use") == "docker":
        found += versions.judge_cgroups(host, info)
        found += cgroup_v2.judge(host, info, target, settings.get("cgroup_v2") or "report")
        found += docker_checks.judge_docker(host, info, allowed)
        found += disk.judge_disk(host, info, target)
        found += node_checks.judge_kubelet_unit(host, info)
        found += node_checks.judge_config_management(host, info)
        found += node_checks.judge_network(host, info)
        found += node_checks.judge_packages(host, info, target)
        found += node_checks.judge_containerd(host, info, target)
        found += handlers.judge_handlers(host, info, settings.get("handlers"), target, cluster)
    if cluster.get("reachable"):
        found += cluster_checks.judge_node(host, info, cluster, settings)
        found += cluster_checks.judge_drain(host, info, cluster, settings)
        found += cluster_checks.judge_pods(host, info, cluster, settings)
        found += cluster_checks.judge_docker_mounts(host, info, cluster, settings)
    return found


def _judge_resumed(host, info, cluster, settings):
    """A node that an earlier run left in the middle: kubelet or Docker may be down, the API's word may be old, and
    what concerns a fresh switch was judged before that one. The cutover's own proof decides about it."""
    if cluster.get("reachable"):
        for item in cluster_checks.judge_node(host, info, cluster, settings):
            if item["token"] not in (
                "CRI-PF-KUBELET-RESTART",
                "CRI-PF-NODE-MISMATCH",
                "CRI-PF-NOT-READY",
                "CRI-PF-RUNTIME-UNREPORTED",
            ):
                yield item


def _judge_done(host, info, cluster, settings, target):
    """A node that is where it should go: what concerns a switch is not its concern any more."""
    phase = (info.get("journal") or {}).get("phase") or ""
    yield finding(
        NOTE,
        "DONE",
        host,
        "kubelet already uses %s (%s)" % (target, dig(info, "runtime.evidence", "")),
        "nothing to do"
        if phase == "settled"
        else "left as it is: there is no journal of a switch, or Docker was removed for good",
    )
    if cluster.get("reachable"):
        for item in cluster_checks.judge_node(host, info, cluster, settings):
            # Nothing restarts its kubelet in this run.
            if item["token"] != "CRI-PF-KUBELET-RESTART":
                yield item


def _judge_source(host, info):
    """Where the node comes from must be a place that this release knows the way out of."""
    in_use, shim = dig(info, "runtime.in_use"), dig(info, "runtime.shim")
    evidence = dig(info, "runtime.evidence", "no evidence")
    if in_use == "docker" and shim == "cri-dockerd":
        yield from _judge_cri_dockerd(host, info)
    elif in_use != "docker":
        yield finding(
            BLOCKER,
            "SOURCE",
            host,
            "kubelet's runtime is %s (%s)" % (in_use or "unknown", evidence),
            "only nodes on Docker can be switched; leave the node out (switchover_skip: true)",
            seen=in_use,
            wanted="docker",
        )


def _judge_cri_dockerd(host, info):
    """The way out stops its units, the way back starts them: it must run in units that are known."""
    unit, needed_by = dig(info, "cri_dockerd.unit"), dig(info, "cri_dockerd.needed_by", [])
    if dig(info, "cri_dockerd.running") and unit not in SHIM_SERVICES:
        yield finding(
            BLOCKER,
            "SOURCE",
            host,
            "cri-dockerd runs in %s, which cannot be stopped and brought back" % (unit or "no service of systemd"),
            "run it as %s, or leave the node out (switchover_skip: true)" % " or ".join(SHIM_SERVICES),
            seen=unit,
            wanted=list(SHIM_SERVICES),
        )
    elif not dig(info, "cri_dockerd.running"):
        yield finding(
            BLOCKER,
            "SOURCE",
            host,
            "kubelet uses Docker through cri-dockerd, which does not run (%s)" % dig(info, "runtime.evidence", ""),
            "bring the node up first (systemctl status %s)" % (unit or SHIM_SERVICES[0]),
            seen=unit,
        )
    docker = dig(info, "cri_dockerd.docker_endpoint", DOCKER_ENDPOINTS[0])
    if docker not in DOCKER_ENDPOINTS:
        yield finding(
            BLOCKER,
            "SOURCE",
            host,
            "cri-dockerd speaks to another Docker (%s) than the one that is looked at here" % docker,
            "let Docker use its usual socket first, or leave the node out (switchover_skip: true)",
            seen=docker,
            wanted=DOCKER_ENDPOINTS[0],
        )
    if needed_by:
        yield finding(
            WARNING,
            "DOCKER-NEEDED",
            host,
            "other units need %s: %s" % (unit, listed(needed_by)),
            "cri-dockerd and Docker keep running on this node after the switch",
            units=needed_by,
        )


def judge_fleet(assessments, cluster, settings):
    """What concerns the run as a whole. ``assessments`` as in judge_all; ``settings``: goal, target, allow,
    inventory (hosts of the groups, in this run or not), control_plane (hosts of that group), batches, forks,
    topology_key, require_room."""
    found = []
    if not assessments:
        found.append(
            finding(
                BLOCKER,
                "NO-NODES",
                FLEET,
                "no node of the inventory is part of this run",
                "see the group of switchover_node_group, and --limit",
            )
        )
    names = {}  # type: dict
    for item in assessments:
        if item.get("info") and not dig(item, "settings.skip"):
            names.setdefault(cluster_checks.node_name(item["info"], item["settings"]), []).append(item["host"])
    for name in sorted(n for n in names if n and len(names[n]) > 1):
        found.append(
            finding(
                BLOCKER,
                "NODE-TWICE",
                FLEET,
                "hosts %s are all node %s" % (listed(names[name]), name),
                "leave one of them, or set switchover_node_name for each",
                name=name,
                hosts=names[name],
            )
        )
    found += fleet.judge_settings(assessments)
    found += cluster_checks.judge_api(cluster, settings.get("allow") or ())
    if (cluster or {}).get("reachable"):
        found += cluster_checks.judge_workloads(cluster, settings)
        found += fleet.judge_inventory(assessments, cluster, settings)
        found += fleet.judge_room(assessments, cluster, settings)
        found += fleet.judge_neighbours(cluster)
    return sorted(found, key=_order)


def judge_all(assessments, cluster, settings):
    """All findings of a run, the fleet's first.

    ``assessments``: [{host, info, unreachable, error, settings}], one for each host of the run.
    """
    found = judge_fleet(assessments, cluster, settings)
    for item in assessments:
        found += judge(
            item["host"],
            item.get("info"),
            cluster,
            item.get("settings") or settings,
            item.get("unreachable", False),
            item.get("error"),
        )
    return found


def _order(item):
    return LEVELS.index(item["level"]), item["token"]


def report(findings):
    """The findings for people: lines, by node, the gravest first."""
    lines, nodes = [], []
    for item in findings:
        if item["node"] not in nodes:
            nodes.append(item["node"])
    for node in nodes:
        lines.append("the whole run:" if node == FLEET else "%s:" % node)
        for item in sorted((f for f in findings if f["node"] == node), key=_order):
            level = "allowed" if item["allowed"] else item["level"]
            lines.append("  %-7s  %s: %s" % (level, item["token"], item["reason"]))
            lines.append("           -> %s" % item["remedy"])
    return lines


def summary(findings):
    """Every blocker in few lines, for the message of the stop; empty without blockers."""
    blockers = [item for item in findings if item["level"] == BLOCKER]
    if not blockers:
        return ""
    lines = ["CRI-PREFLIGHT: %d blocker%s, nothing was changed." % (len(blockers), "" if len(blockers) == 1 else "s")]
    for item in blockers:
        where = "the whole run" if item["node"] == FLEET else item["node"]
        lines.append("%s: %s: %s" % (where, item["token"], item["reason"]))
    return "\n".join(lines)
