# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster says of a node itself: is it this machine, Ready, schedulable? Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import difflib
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.module_utils._drain.cordon import parse_cordon
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import (
    is_unreported,
    runtime_text,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import CORDON_ANNOTATION
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import EVERY, ON_TARGET, RESUMED, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import (
    Cluster,
    Facts,
    Finding,
    Findings,
    NodeEntry,
    Settings,
)

WHEN = EVERY
NEEDS_API = True
# Nothing restarts the kubelet of a node that is on its target. In the middle of a switch kubelet or Docker may be down,
# and the API's entry may be old: the window's own verification decides about the node.
NOT_JUDGED = {
    ON_TARGET: ("CRI-PF-KUBELET-RESTART",),
    RESUMED: ("CRI-PF-KUBELET-RESTART", "CRI-PF-NODE-MISMATCH", "CRI-PF-NOT-READY", "CRI-PF-RUNTIME-UNREPORTED"),
}


def node_name(info: Facts, settings: Settings) -> str | None:
    """The node's name in the cluster: what the operator set, or what kubelet registered as."""
    return settings.get("node_name") or dig(info, "node_name")


def last_seen(cluster: Cluster, name: str) -> str:
    """What the cluster knows of a node that cannot be read, to be added to a sentence."""
    node = (cluster.get("nodes") or {}).get(name)
    if node is None:
        return "; the cluster knows no node of the name %s" % name if cluster.get("reachable") else ""
    ready = "Ready" if node.get("ready") else "not Ready"
    words = "; the cluster has it %s on %s" % (ready, runtime_text(node.get("runtime_version")))
    ours = (node.get("annotations") or {}).get(CORDON_ANNOTATION)
    if ours is None:
        return words + (", cordoned, not by a run of this collection" if node.get("unschedulable") else "")
    cordon = parse_cordon({"metadata": {"annotations": {CORDON_ANNOTATION: ours}}})
    if cordon is None or cordon["damaged"]:
        return words + ", cordoned by a run of this collection"
    return words + ", cordoned by the run %s%s, which has not returned it to service" % (
        cordon["run_id"],
        " at %s" % cordon["at"] if cordon["at"] else "",
    )


def judge(node: str, info: Facts, cluster: Cluster, settings: Settings) -> Findings:
    """The node's own entry in the cluster; without one nothing else can be said."""
    name = node_name(info, settings)
    entry = dig(cluster, "nodes", {}).get(name)
    if entry is None:
        yield _unknown(node, name, cluster)
        return
    if settings.get("node_name") and name != dig(info, "node_name"):
        yield finding(
            WARNING,
            "CRI-PF-NODE-NAME",
            node,
            "switchover_node_name is %s, but kubelet here calls itself %s" % (name, dig(info, "node_name")),
            "the setting counts: be sure that it is this machine, since %s will be drained" % name,
            seen=dig(info, "node_name"),
            wanted=name,
        )
    yield from _judge_versions(node, name, info, entry)
    yield from _judge_conditions(node, name, entry)
    yield from _judge_cordon(node, name, entry)


def _unknown(node: str, name: str | None, cluster: Cluster) -> Finding:
    known = cluster.get("node_names") or sorted(cluster.get("nodes") or {})
    suggestion = difflib.get_close_matches(str(name), known, 1)
    return finding(
        BLOCKER,
        "CRI-PF-NODE-NAME",
        node,
        "the cluster has no node %s%s" % (name, "; did you mean %s?" % suggestion[0] if suggestion else ""),
        "set switchover_node_name for this host, or check switchover_kubeconfig: it may lead to another cluster "
        "(its nodes: %s)" % listed(known),
        seen=name,
        nodes=known[:50],
    )


def _judge_runtime(node: str, name: str | None, runtime: Any, reported: str | None) -> Findings:
    """Whether the cluster's node is on the runtime that kubelet uses here: if not, it may be another machine."""
    known = registry.BY_NAME.get(runtime)
    if known is None:
        return
    if not (reported or "").startswith(known.version_prefix):
        yield finding(
            BLOCKER,
            "CRI-PF-NODE-MISMATCH",
            node,
            "kubelet here uses %s, but the cluster's node %s is on %s" % (runtime, name, runtime_text(reported)),
            "is this the machine behind that node? See switchover_node_name; or wait for kubelet's next report",
            seen=runtime,
            cluster=reported,
        )
    elif is_unreported(reported):
        yield finding(
            NOTE,
            "CRI-PF-RUNTIME-UNREPORTED",
            node,
            "the cluster's node %s is on %s" % (name, runtime_text(reported)),
            "%s did not answer kubelet, as while it restarts: kubelet asks again with its next status" % runtime,
            seen=runtime,
            cluster=reported,
        )


def _judge_versions(node: str, name: str | None, info: Facts, entry: NodeEntry) -> Findings:
    """Whether the runtime and kubelet of the machine are those that the cluster has."""
    yield from _judge_runtime(node, name, dig(info, "runtime.in_use"), entry.get("runtime_version"))
    running, on_disk = version(entry.get("kubelet_version")), version(dig(info, "kubelet.version"))
    if running and on_disk and running != on_disk:
        yield finding(
            BLOCKER,
            "CRI-PF-KUBELET-RESTART",
            node,
            "kubelet runs as %s, but %s is installed: the switch restarts it, and would change its version too"
            % (entry.get("kubelet_version"), dig(info, "kubelet.version")),
            "finish the upgrade of Kubernetes on this node first (restart kubelet)",
            running=entry.get("kubelet_version"),
            installed=dig(info, "kubelet.version"),
        )


def _judge_conditions(node: str, name: str | None, entry: NodeEntry) -> Findings:
    if not entry.get("ready"):
        yield finding(
            BLOCKER,
            "CRI-PF-NOT-READY",
            node,
            "node %s is not Ready: %s" % (name, entry.get("ready_reason") or "no reason given"),
            "bring it to Ready first: afterwards the cause of a failure would not be known",
        )
    if entry.get("pressure"):
        yield finding(
            WARNING,
            "CRI-PF-PRESSURE",
            node,
            "node %s reports %s" % (name, listed(entry["pressure"])),
            "relieve it first: pods are being evicted",
            pressure=entry["pressure"],
        )


def _judge_cordon(node: str, name: str | None, entry: NodeEntry) -> Findings:
    if CORDON_ANNOTATION in (entry.get("annotations") or {}):
        yield finding(
            NOTE,
            "CRI-PF-CORDONED-BY-RUN",
            node,
            "node %s is still cordoned by an earlier run of this collection" % name,
            "this run uncordons it when it switches or resumes the node; else: kubectl uncordon it once it works",
        )
    elif entry.get("unschedulable"):
        yield finding(
            NOTE, "CRI-PF-CORDONED", node, "somebody has cordoned node %s" % name, "it stays cordoned afterwards"
        )


def check(case: Case) -> Findings:
    """The cluster's entry for the node, as far as it concerns a node of this kind."""
    for item in judge(case.host, case.info, case.cluster, case.settings):
        if item["token"] not in NOT_JUDGED.get(case.kind, ()):
            yield item
