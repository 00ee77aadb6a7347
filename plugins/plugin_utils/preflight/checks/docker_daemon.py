# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker that serves a node's pods: it runs, what is bound to it, and what else it runs. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import docker_restart, docker_settings
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

WHEN = (ON_SOURCE,)

LIVE_STATES = ("running", "paused", "restarting")


def judge(node: str, info: Facts, allowed: Collection[str], target: Runtime, declared: Any = None) -> Findings:
    """Everything about Docker, its settings with it.

    ``allowed``: the exceptions of switchover_allow; ``declared``: switchover_handlers.
    """
    docker = info.get("docker", {})
    if not docker.get("running") or not docker.get("api_ok", True):
        yield finding(
            BLOCKER,
            "CRI-PF-DOCKER-DOWN",
            node,
            "kubelet uses Docker, and Docker does not answer",
            "bring Docker up first (systemctl status docker): its state is what a revert would restore",
            error=docker.get("error"),
        )
        return
    yield from _judge_units(node, docker, target)
    yield from _judge_containers(node, docker, allowed)
    yield from docker_restart.judge(node, docker)
    yield from docker_settings.judge(node, info, allowed, target, declared)


def _judge_units(node: str, docker: Facts, target: Runtime) -> Findings:
    """A switch starts the target's unit, and no other runtime's."""
    bound = [
        kind
        for kind in ("binds_to", "part_of", "requires", "requisite")
        if target.unit in dig(docker, "dependencies." + kind, [])
    ]
    if bound:
        yield finding(
            BLOCKER,
            "CRI-PF-DOCKER-BOUND",
            node,
            "docker.service is bound to %s (%s): starting %s with its new configuration "
            "would restart Docker, in the middle of the window" % (target.unit, listed(bound), target.title),
            "upgrade Docker, whose newer units have no such dependency. Or put a full copy of the unit without that "
            "line into /etc/systemd/system/docker.service; a drop-in cannot remove a dependency",
            seen=bound,
        )
    needed_by = docker.get("needed_by") or []
    if needed_by:
        yield finding(
            WARNING,
            "CRI-PF-DOCKER-NEEDED",
            node,
            "other units need docker.service: %s" % listed(needed_by),
            "Docker keeps running on this node after the switch",
            units=needed_by,
        )


def _judge_containers(node: str, docker: Facts, allowed: Collection[str]) -> Findings:
    unmanaged = dig(docker, "containers.foreign", [])
    live = [c for c in unmanaged if c.get("state", "running") in LIVE_STATES]
    ended = [c.get("name") for c in unmanaged if c not in live]
    if ended:
        yield finding(
            NOTE,
            "CRI-PF-ENDED-CONTAINERS",
            node,
            "Docker keeps ended containers that are not Kubernetes': %s" % listed(ended),
            "they stay in Docker's data",
            containers=ended,
        )
    if live:
        names = ["%s (%s)" % (c.get("name"), c.get("image")) for c in live]
        yield finding(
            BLOCKER,
            "CRI-PF-FOREIGN-CONTAINERS",
            node,
            "Docker runs containers that are not Kubernetes': %s" % listed(names),
            "move them elsewhere; when allowed, they and Docker keep running after the switch",
            "foreign-containers",
            allowed,
            containers=live,
        )
    if docker.get("images_truncated"):
        yield finding(
            WARNING,
            "CRI-PF-MANY-IMAGES",
            node,
            "Docker holds more images than could be read",
            "remove unused ones (docker image prune) so that the check of the disk is complete",
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.allowed, case.target, case.settings.get("handlers"))
