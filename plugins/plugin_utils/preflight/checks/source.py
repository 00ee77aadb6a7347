# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a node comes from: it must be a Docker that this release can leave, and revert to. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import DOCKER_ENDPOINTS, SHIM_SERVICES
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

WHEN = FRESH


def judge(node: str, info: Facts) -> Findings:
    """kubelet's runtime is Docker, by dockershim or by a cri-dockerd that is known."""
    in_use, shim = dig(info, "runtime.in_use"), dig(info, "runtime.shim")
    evidence = dig(info, "runtime.evidence", "no evidence")
    if registry.is_source(in_use) and shim == "cri-dockerd":
        yield from _judge_cri_dockerd(node, info)
    elif not registry.is_source(in_use):
        yield finding(
            BLOCKER,
            "CRI-PF-SOURCE",
            node,
            "kubelet's runtime is %s (%s)" % (in_use or "unknown", evidence),
            "revert it to Docker first (revert.yml), then switch it with switchover_retry: true"
            if registry.is_target(in_use) and info.get("journal")
            else "only nodes on Docker can be switched; exclude the node (switchover_skip: true)",
            seen=in_use,
            wanted=registry.SOURCES,
        )


def _judge_cri_dockerd(node: str, info: Facts) -> Findings:
    """A switch stops its units and a revert starts them: they must be known, and its Docker the one that is read."""
    yield from _judge_shim_unit(node, info)
    docker = dig(info, "cri_dockerd.docker_endpoint", DOCKER_ENDPOINTS[0])
    if docker not in DOCKER_ENDPOINTS:
        yield finding(
            BLOCKER,
            "CRI-PF-SOURCE",
            node,
            "cri-dockerd uses another Docker (%s) than the one that is read here" % docker,
            "let Docker use its usual socket first, or exclude the node (switchover_skip: true)",
            seen=docker,
            wanted=DOCKER_ENDPOINTS[0],
        )
    needed_by = dig(info, "cri_dockerd.needed_by", [])
    if needed_by:
        yield finding(
            WARNING,
            "CRI-PF-DOCKER-NEEDED",
            node,
            "other units need %s: %s" % (dig(info, "cri_dockerd.unit"), listed(needed_by)),
            "cri-dockerd and Docker keep running on this node after the switch",
            units=needed_by,
        )


def _judge_shim_unit(node: str, info: Facts) -> Findings:
    unit = dig(info, "cri_dockerd.unit")
    if dig(info, "cri_dockerd.running") and unit not in SHIM_SERVICES:
        yield finding(
            BLOCKER,
            "CRI-PF-SOURCE",
            node,
            "cri-dockerd runs in %s, which cannot be stopped and started again" % (unit or "no service of systemd"),
            "run it as %s, or exclude the node (switchover_skip: true)" % " or ".join(SHIM_SERVICES),
            seen=unit,
            wanted=list(SHIM_SERVICES),
        )
    elif not dig(info, "cri_dockerd.running"):
        yield finding(
            BLOCKER,
            "CRI-PF-SOURCE",
            node,
            "kubelet uses Docker through cri-dockerd, which does not run (%s)" % dig(info, "runtime.evidence", ""),
            "bring the node up first (systemctl status %s)" % (unit or SHIM_SERVICES[0]),
            seen=unit,
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info)
