# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that run on Docker by a handler that the target would not have. Pure: no I/O.

dockershim refused every handler but none and `docker`, which was its only one (kubernetes 1.21.14,
pkg/kubelet/dockershim/docker_sandbox.go); cri-dockerd 0.4.0 and 0.4.1 took the names of Docker's runtimes. So the pods
that run are judged. Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import posixpath

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import planned
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_declaration import RUNTIMES
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cluster_node import node_name
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.pods import pod_name
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Facts, Findings, Settings

WHEN = FRESH
NEEDS_API = True

# The program of a handler that Docker has no runtime of its own for.
DEFAULT = "runc"


def judge(node: str, info: Facts, cluster: Cluster, settings: Settings, target: Runtime) -> Findings:
    """One finding for each handler that the target would not have."""
    classes = {item["name"]: item["handler"] for item in dig(cluster, "runtime_classes", [])}
    pods = (dig(cluster, "nodes", {}).get(node_name(info, settings)) or {}).get("pods") or []
    users: dict[str, list[str]] = {}
    for pod in pods:
        handler = classes.get(pod.get("runtime_class"))
        if handler and pod.get("phase") == "Running":
            users.setdefault(handler, []).append(pod_name(pod))
    if not users:
        return
    declared, allowed = settings.get("handlers"), settings.get("allow") or ()
    optional = {handler["name"] for handler in planned.parsed(declared) if handler["optional"]}
    for handler in sorted(set(users) - planned.handler_names(target, info, declared) - target.aliases):
        named = handler + (" (the declared one is optional, and may be left out)" if handler in optional else "")
        yield finding(
            BLOCKER,
            "CRI-PF-POD-HANDLERS",
            node,
            "%s would have no handler %s, which pods request by their RuntimeClass: %s"
            % (target.title, named, listed(users[handler])),
            "declare it in switchover_handlers beside the default one, and not as optional: %s (docs/handlers.md); "
            "without it, these pods cannot start on %s" % (_declaration(info, handler), target.title),
            "pod-handlers",
            allowed,
            handler=handler,
            pods=users[handler],
        )


def _declaration(info: Facts, handler: str) -> str:
    """What to declare so that the target starts the same program by this name as Docker does."""
    runtimes = dig(info, "docker.settings.runtimes.value", {})
    runtime = runtimes.get(handler) or runtimes.get(dig(info, "docker.settings.default-runtime.value")) or {}
    path: str = runtime.get("path") or DEFAULT
    program = posixpath.basename(path)
    if program in RUNTIMES:
        return "{name: %s, runtime: %s}" % (handler, program)
    binary = path if path.startswith("/") else "the path of " + path
    return "{name: %s, runtime: %s, options: {binary: %s}}" % (handler, DEFAULT, binary)


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.cluster, case.settings, case.target)
