# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of preflight: which checks a host and a whole run are put to, in their order. Pure: no I/O.

Each check stands in checks/, one subject a file. It takes facts and yields findings, whose error tokens stand there in
full. Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import (
    api,
    capacity,
    cgroup_v2,
    cluster_node,
    config_management,
    containerd,
    crio,
    disk,
    disruption_budgets,
    docker_daemon,
    docker_mounts,
    drain,
    external_controllers,
    handlers,
    inventory,
    journal,
    kubelet_unit,
    network,
    node_facts,
    packages,
    pods,
    revert,
    run_settings,
    source,
    versions,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.report import by_severity
from ansible_collections.cri.switchover.plugins.plugin_utils.records import (
    Assessment,
    Cluster,
    Facts,
    Finding,
    Findings,
    Settings,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.states import RESUMED, is_cordoned, node_state


def judge_all(assessments: list[Assessment], cluster: Cluster, settings: Settings) -> list[Finding]:
    """All findings of a run, those of the whole run first.

    ``assessments``: {host, info, unreachable, error, settings} for each host of the run, as judge() takes them;
    ``cluster``: cluster_info's result; ``settings``: of the whole run, as judge_fleet() takes them.
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


def judge_fleet(assessments: list[Assessment], cluster: Cluster, settings: Settings) -> list[Finding]:
    """The findings about the run as a whole. ``assessments`` as in judge_all().

    ``settings``: goal, target, allow, inventory (hosts of the groups, in this run or not), control_plane (hosts of that
    group), batches, forks, topology_key, require_capacity.
    """
    found = list(inventory.judge_hosts(assessments))
    found += run_settings.judge(assessments)
    found += api.judge(cluster, settings.get("allow") or ())
    if (cluster or {}).get("reachable"):
        found += docker_mounts.judge_workloads(cluster, settings)
        found += disruption_budgets.judge(cluster)
        found += inventory.judge(assessments, cluster, settings)
        found += capacity.judge(assessments, cluster, settings)
        found += external_controllers.judge(cluster)
    return sorted(found, key=by_severity)


def judge(
    host: str,
    info: Facts | None,
    cluster: Cluster | None,
    settings: Settings,
    unreachable: bool = False,
    error: str | None = None,
) -> list[Finding]:
    """The findings about one host of the inventory.

    ``info``: what node_runtime_info returned, or None; ``error``: why it did not; ``cluster``: cluster_info's result;
    ``settings``: of this host goal (switch or revert), target, allow, node_name, skip, retry, drain_*, handlers,
    cgroup_v2; and run_wide, what it has been given of settings that are of the whole run.
    """
    cluster = cluster or {}
    if settings.get("skip"):
        found = [_skipped(host)]
    elif unreachable:
        found = [_unreachable(host, error, cluster, settings)]
    elif not info:
        found = [_without_facts(host, error)]
    elif settings.get("goal") == "revert":
        found = revert.judge(host, info, cluster, settings)
    else:
        found = list(_judge_switch(host, info, cluster, settings))
    return sorted(found, key=by_severity)


def _skipped(host: str) -> Finding:
    message = "excluded by switchover_skip or switchover_only"
    return finding(NOTE, "CRI-PF-SKIPPED", host, message, "nothing to do")


def _unreachable(host: str, error: str | None, cluster: Cluster, settings: Settings) -> Finding:
    known = cluster_node.last_seen(cluster, settings.get("node_name") or host)
    return finding(
        BLOCKER,
        "CRI-PF-UNREACHABLE",
        host,
        "the host does not answer: %s%s" % (error or "no connection", known),
        "make it reachable, or exclude it (switchover_skip: true)",
    )


def _without_facts(host: str, error: str | None) -> Finding:
    return finding(
        BLOCKER,
        "CRI-PF-NO-FACTS",
        host,
        "the host could not be read: %s" % (error or "node_runtime_info returned nothing"),
        "it needs Python 3.6 or later, and a way to become root (become: true)",
    )


def _judge_switch(host: str, info: Facts, cluster: Cluster, settings: Settings) -> Findings:
    """A node that is read, and is to be switched to its target."""
    target = settings.get("target", "containerd")
    cordoned = is_cordoned(cluster, cluster_node.node_name(info, settings))
    state = node_state(info, target, None, cordoned, settings.get("retry", False))
    yield from journal.judge_journal(host, info)
    yield from journal.judge_left(host, info, state, settings.get("retry", False))
    if state in RESUMED + ("revert_failed",):
        yield from _judge_resumed(host, info, cluster, settings)
    elif dig(info, "runtime.in_use") == target:
        yield from _judge_done(host, info, cluster, settings, target)
    else:
        yield from _judge_fresh(host, info, cluster, settings, target)


def _judge_resumed(host: str, info: Facts, cluster: Cluster, settings: Settings) -> Findings:
    """A node in the middle of an earlier run's switch: kubelet or Docker may be down, and the API's entry may be old.

    What concerns a fresh switch was judged before that one. The window's own verification decides about the node.
    """
    if cluster.get("reachable"):
        for item in cluster_node.judge(host, info, cluster, settings):
            if item["token"] not in (
                "CRI-PF-KUBELET-RESTART",
                "CRI-PF-NODE-MISMATCH",
                "CRI-PF-NOT-READY",
                "CRI-PF-RUNTIME-UNREPORTED",
            ):
                yield item


def _judge_done(host: str, info: Facts, cluster: Cluster, settings: Settings, target: str) -> Findings:
    """A node that is on its target: what concerns a switch does not concern it any more."""
    phase = (info.get("journal") or {}).get("phase") or ""
    yield finding(
        NOTE,
        "CRI-PF-DONE",
        host,
        "kubelet already uses %s (%s)" % (target, dig(info, "runtime.evidence", "")),
        "nothing to do"
        if phase == "finalized"
        else "it stays as it is: there is no journal of a switch, or Docker was removed for good",
    )
    if cluster.get("reachable"):
        for item in cluster_node.judge(host, info, cluster, settings):
            # Nothing restarts its kubelet in this run.
            if item["token"] != "CRI-PF-KUBELET-RESTART":
                yield item


def _judge_fresh(host: str, info: Facts, cluster: Cluster, settings: Settings, target: str) -> Findings:
    """A node that no run has touched, or that is tried again."""
    yield from source.judge(host, info)
    yield from node_facts.judge(host, info)
    yield from versions.judge_os(host, info)
    yield from versions.judge_kubelet(host, info)
    yield from versions.judge_pair(host, info, target)
    if target == "crio":
        yield from crio.judge(host, info)
    if dig(info, "runtime.in_use") == "docker":
        yield from versions.judge_cgroups(host, info)
        yield from cgroup_v2.judge(host, info, target, settings.get("cgroup_v2") or "report")
        yield from docker_daemon.judge(host, info, settings.get("allow") or ())
        yield from disk.judge(host, info, target)
        yield from kubelet_unit.judge(host, info)
        yield from config_management.judge(host, info)
        yield from network.judge(host, info)
        yield from packages.judge(host, info, target)
        yield from containerd.judge(host, info, target)
        yield from handlers.judge(host, info, settings.get("handlers"), target, cluster)
    if cluster.get("reachable"):
        yield from cluster_node.judge(host, info, cluster, settings)
        yield from drain.judge(host, info, cluster, settings)
        yield from pods.judge(host, info, cluster, settings)
        yield from docker_mounts.judge(host, info, cluster, settings)
