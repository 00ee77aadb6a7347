# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May this node be reverted to Docker? What only concerns a switch is not asked here. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import dotted
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import (
    cluster_node,
    config_management,
    drain,
    kubelet,
    node_facts,
    pods,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import journal as journal_check
from ansible_collections.cri.switchover.plugins.plugin_utils.records import (
    Cluster,
    Facts,
    Finding,
    Findings,
    Settings,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.states import is_cordoned, revert_state

# The parts of a node that a revert needs to know.
PARTS = ("the machine", "docker", "kubelet")


def judge(node: str, info: Facts, cluster: Cluster, settings: Settings) -> list[Finding]:
    """Findings about one node that could be read."""
    found = list(journal_check.judge_journal(node, info))
    state = revert_state(info, is_cordoned(cluster, cluster_node.node_name(info, settings)))
    if state == "interrupted" and not found:
        found.append(_unfinished(node, info))
    elif state == "done":
        found.append(_nothing(node, info))
    elif state == "reverted":
        found.append(_cordoned(node, info))
        found += _judge_in_cluster(node, info, cluster, settings, drained=False)
    elif state == "revert":
        found += _judge_facts(node, info)
        found += _judge_source(node, info)
        found += _judge_files(node, info, settings.get("allow") or ())
        found += config_management.judge(node, info)
        found += _judge_in_cluster(node, info, cluster, settings, drained=True)
    return found


def _unfinished(node: str, info: Facts) -> Finding:
    journal = info["journal"]
    return finding(
        BLOCKER,
        "CRI-REVERT-UNFINISHED",
        node,
        "run %s of %s is %s here" % (journal.get("run_id"), journal.get("owner"), journal.get("phase")),
        "wait a minute and run this again; switch_runtime follows a node that stands still to its end, or reverts it",
        phase=journal.get("phase"),
        run_id=journal.get("run_id"),
    )


def _nothing(node: str, info: Facts) -> Finding:
    journal = info.get("journal") or {}
    if registry.is_source(dig(info, "runtime.in_use")):
        message = "kubelet uses Docker (%s)" % dig(info, "runtime.evidence", "")
    else:
        message = (
            "kubelet uses %s, and there is no journal of a switch here: it was not this collection's, or Docker was "
            "removed for good" % dig(info, "runtime.in_use")
        )
    remedy = "nothing to do; without a journal nothing can be reverted"
    return finding(NOTE, "CRI-REVERT-NOTHING", node, message, remedy, phase=journal.get("phase"))


def _cordoned(node: str, info: Facts) -> Finding:
    journal = info["journal"]
    return finding(
        NOTE,
        "CRI-JOURNAL-RESUMED",
        node,
        "it was reverted to Docker (run %s: %s), and is still cordoned" % (journal.get("run_id"), journal.get("why")),
        "this run verifies it there and undoes its cordon",
        phase=journal.get("phase"),
        run_id=journal.get("run_id"),
    )


def _judge_facts(node: str, info: Facts) -> Findings:
    for item in node_facts.judge(node, info):
        if item["details"].get("part") in PARTS:
            yield item
    for item in kubelet.judge(node, info):
        if item["token"] == "CRI-PF-KUBELET":
            yield item


def _judge_source(node: str, info: Facts) -> Findings:
    """What the node would be reverted to: it must still be there, and kubelet must still be able to use it."""
    docker, journal = info.get("docker", {}), info["journal"]
    shim = info.get("cri_dockerd", {}) if dig(journal, "source.shim") == "cri-dockerd" else {"unit": "none is needed"}
    gone = _gone(docker, shim)
    if gone and not docker.get("error"):
        yield finding(
            BLOCKER,
            "CRI-REVERT-GONE",
            node,
            "there is no %s on the node any more" % " and no ".join(gone),
            "install Docker as it was, or exclude the node, which stays where it is (switchover_skip: true)",
            missing=gone,
        )
    else:
        for unit, facts in (("docker.service", docker), (shim.get("unit"), shim)):
            if facts.get("enabled") == "masked":
                yield finding(
                    BLOCKER,
                    "CRI-REVERT-GONE",
                    node,
                    "%s is masked" % unit,
                    "systemctl unmask %s, and its socket" % unit,
                    missing=[unit],
                )
    texts = [dig(info, "kubelet.version"), dig(info, "packages.installed.kubelet")]
    seen = max((version(text) or () for text in texts))
    if dig(journal, "source.shim") == "dockershim" and seen and not kubelet_releases.of(seen).has_dockershim:
        yield finding(
            BLOCKER,
            "CRI-REVERT-GONE",
            node,
            "kubelet is %s now, and the node ran on its built-in dockershim, which ended with %s"
            % (dotted(seen), dotted(kubelet_releases.last(lambda release: release.has_dockershim))),
            "this node cannot be reverted any more; exclude it (switchover_skip: true)",
            seen=dotted(seen),
            wanted="below " + dotted(kubelet_releases.first(lambda release: not release.has_dockershim)),
        )


def _gone(docker: Facts, shim: Facts) -> list[str]:
    """What of Docker, and of the cri-dockerd that the node needs, is not there any more."""
    gone = []
    if not docker.get("enabled") and not docker.get("fragment"):
        gone.append("docker.service")
    if "binary" in docker and not docker["binary"]:
        gone.append("dockerd")
    if not shim.get("unit") and not shim.get("error"):
        gone.append("unit of cri-dockerd")
    return gone


def _judge_files(node: str, info: Facts, allowed: Collection[str]) -> Findings:
    drift = dig(info, "journal.drift", [])
    if drift:
        yield finding(
            BLOCKER,
            "CRI-REVERT-DRIFT",
            node,
            "changed since the switch wrote it: %s" % listed(drift),
            "a revert replaces what was changed and keeps a copy: check that nothing of it is still needed",
            "revert-drift",
            allowed,
            files=drift,
        )


def _judge_in_cluster(node: str, info: Facts, cluster: Cluster, settings: Settings, drained: bool) -> Findings:
    """What the cluster says of the node. ``drained``: whether this run will drain it."""
    if not cluster.get("reachable"):
        return
    fresh = dig(info, "journal.phase") in ("switched", "reverted")
    for item in cluster_node.judge(node, info, cluster, settings):
        if item["token"] == "CRI-PF-NOT-READY":
            # It may be the very reason for the revert.
            yield dict(
                item,
                level=WARNING,
                remedy="it is reverted as it is; where its kubelet does not work, the drain waits in vain and fails",
            )
        elif not (fresh and item["token"] in ("CRI-PF-NODE-MISMATCH", "CRI-PF-RUNTIME-UNREPORTED")) and (
            drained or item["token"] != "CRI-PF-KUBELET-RESTART"
        ):
            yield item
    if drained:
        yield from drain.judge(node, info, cluster, settings)
        yield from pods.judge(node, info, cluster, settings)
