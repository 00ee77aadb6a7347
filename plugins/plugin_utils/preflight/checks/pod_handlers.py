# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that run on Docker by a handler that the target would not have. Pure: no I/O.

dockershim refused every handler but none and `docker`, which was its only one (kubernetes 1.21.14,
pkg/kubelet/dockershim/docker_sandbox.go); cri-dockerd 0.4.0 and 0.4.1 took the names of Docker's runtimes. So the pods
that run are judged. Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers as runtime_handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cluster_node import node_name
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.pods import pod_name
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Facts, Findings, Settings

WHEN = FRESH
NEEDS_API = True


def judge(node: str, info: Facts, cluster: Cluster, settings: Settings, target: Runtime) -> Findings:
    """One finding for each handler that the target would not have."""
    classes = {item["name"]: item["handler"] for item in dig(cluster, "runtime_classes", [])}
    pods = (dig(cluster, "nodes", {}).get(node_name(info, settings)) or {}).get("pods") or []
    users: dict[str, list[str]] = {}
    for pod in pods:
        handler = classes.get(pod.get("runtime_class"))
        if handler and pod.get("phase") == "Running":
            users.setdefault(handler, []).append(pod_name(pod))
    for handler in sorted(set(users) - _handlers_of(info, settings.get("handlers"), target)):
        yield finding(
            BLOCKER,
            "CRI-PF-POD-HANDLERS",
            node,
            "%s would have no handler %s, which pods request by their RuntimeClass: %s"
            % (target.title, handler, listed(users[handler])),
            "declare a handler of this name in switchover_handlers (docs/handlers.md); without it, these pods cannot"
            " start on %s" % target.title,
            "pod-handlers",
            settings.get("allow") or (),
            handler=handler,
            pods=users[handler],
        )


def _handlers_of(info: Facts, declared: Any, target: Runtime) -> set[str]:
    """Names of the handlers that the target will have on this node."""
    try:
        names = {handler["name"] for handler in runtime_handlers.parse(declared)}
    except runtime_handlers.HandlersError:
        names = set()  # the check of the operator's settings says so
    if not declared:
        names |= set(dig(info, "%s.config.runtimes" % target.name, {}))
    return names | target.aliases


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.cluster, case.settings, case.target)
