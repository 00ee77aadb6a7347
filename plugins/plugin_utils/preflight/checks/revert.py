# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May this node go back to Docker? What only concerns a switch is no concern here. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import cluster as cluster_checks
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import node as node_checks
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import versions
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.plan import is_cordoned, revert_state

# Of these parts a way back needs to know.
PARTS = ("the machine", "docker", "kubelet")
# The first kubelet without dockershim.
NO_DOCKERSHIM = (1, 24)


def judge(node, info, cluster, settings):
    """Findings about one node that could be read."""
    found = list(node_checks.judge_journal(node, info))
    cordoned = is_cordoned(cluster, cluster_checks.node_name(info, settings))
    state = revert_state(info, cordoned)
    if state == "halfway" and not found:
        found.append(_unfinished(node, info))
    elif state == "done":
        found.append(_nothing(node, info))
    elif state == "reverted":
        found.append(_cordoned(node, info))
        found += _clusters_word(node, info, cluster, settings, drained=False)
    elif state == "revert":
        found += _judge_facts(node, info)
        found += _judge_source(node, info)
        found += _judge_files(node, info, settings.get("allow") or ())
        found += node_checks.judge_config_management(node, info)
        found += _clusters_word(node, info, cluster, settings, drained=True)
    return found


def _unfinished(node, info):
    journal = info["journal"]
    return finding(
        BLOCKER,
        "CRI-REVERT-UNFINISHED",
        node,
        "run %s of %s is %s here" % (journal.get("run_id"), journal.get("holder"), journal.get("phase")),
        "wait a minute and run this again; a node that stands still is followed to its end, or sent back, by "
        "switch_runtime",
        phase=journal.get("phase"),
        run_id=journal.get("run_id"),
    )


def _nothing(node, info):
    journal = info.get("journal") or {}
    if dig(info, "runtime.in_use") == "docker":
        reason = "kubelet uses Docker (%s)" % dig(info, "runtime.evidence", "")
    else:
        reason = (
            "kubelet uses %s, and there is no journal of a switch here: it was not this collection's, or Docker was "
            "removed for good" % dig(info, "runtime.in_use")
        )
    remedy = "nothing to do; without a journal there is no way back"
    return finding(NOTE, "CRI-REVERT-NOTHING", node, reason, remedy, phase=journal.get("phase"))


def _cordoned(node, info):
    journal = info["journal"]
    return finding(
        NOTE,
        "CRI-JOURNAL-RESUMED",
        node,
        "it went back to Docker (run %s: %s), and is still cordoned" % (journal.get("run_id"), journal.get("why")),
        "this run proves it there and undoes its cordon",
        phase=journal.get("phase"),
        run_id=journal.get("run_id"),
    )


def _judge_facts(node, info):
    for item in node_checks.judge_parts(node, info):
        if item["details"].get("part") in PARTS:
            yield item
    for item in versions.judge_kubelet(node, info):
        if item["token"] == "CRI-PF-KUBELET":
            yield item


def _judge_source(node, info):
    """What the node would go back to: it must still be there."""
    docker, journal = info.get("docker", {}), info["journal"]
    shim = info.get("cri_dockerd", {}) if dig(journal, "source.shim") == "cri-dockerd" else {"unit": "none is needed"}
    gone = []
    if not docker.get("enabled") and not docker.get("fragment"):
        gone.append("docker.service")
    if "binary" in docker and not docker["binary"]:
        gone.append("dockerd")
    if not shim.get("unit") and not shim.get("error"):
        gone.append("unit of cri-dockerd")
    if gone and not docker.get("error"):
        yield finding(
            BLOCKER,
            "CRI-REVERT-GONE",
            node,
            "there is no %s on the node any more" % " and no ".join(gone),
            "install Docker as it was, or leave the node where it is (switchover_skip: true)",
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
    if dig(journal, "source.shim") == "dockershim" and seen >= NO_DOCKERSHIM:
        yield finding(
            BLOCKER,
            "CRI-REVERT-GONE",
            node,
            "kubelet is %s now, and the node ran on its built-in dockershim, which ended with 1.23"
            % ".".join(str(part) for part in seen),
            "there is no way back for this node; leave it out (switchover_skip: true)",
            seen=".".join(str(part) for part in seen),
            wanted="below 1.24",
        )


def _judge_files(node, info, allowed):
    drift = dig(info, "journal.drift", [])
    if drift:
        yield finding(
            BLOCKER,
            "CRI-REVERT-DRIFT",
            node,
            "changed since the switch wrote it: %s" % listed(drift),
            "going back replaces what was changed and keeps a copy: see that nothing of it is still needed",
            "revert-drift",
            allowed,
            files=drift,
        )


def _clusters_word(node, info, cluster, settings, drained):
    if not cluster.get("reachable"):
        return
    fresh = dig(info, "journal.phase") in ("switched", "reverted")
    for item in cluster_checks.judge_node(node, info, cluster, settings):
        if item["token"] == "CRI-PF-NOT-READY":
            # It may be the very reason to go back.
            yield dict(
                item,
                level=WARNING,
                remedy="it is taken back as it is; where its kubelet does not work, the drain waits in vain and fails",
            )
        elif not (fresh and item["token"] in ("CRI-PF-NODE-MISMATCH", "CRI-PF-RUNTIME-UNREPORTED")) and (
            drained or item["token"] != "CRI-PF-KUBELET-RESTART"
        ):
            yield item
    if drained:
        yield from cluster_checks.judge_drain(node, info, cluster, settings)
        yield from cluster_checks.judge_pods(node, info, cluster, settings)
