# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's side of a verification: the module cri_health, run on the node once before the node is confirmed.

It is the only module in a node's window. Its seconds overlap with the start of the node's own pods, for which the API's
side waits anyway. Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.connection import ModuleResult
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import BEFORE_WATCHDOG
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Log, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

# Seconds that the module waits for what is not yet as required.
WAIT_S = 30
# Seconds for what it does besides: it starts, and the time limits of crictl's three commands are 60 s together.
ASKING_S = 75
# Seconds for which the node lock is taken: the module's time limit, and a connection that is slow to answer.
LOCK_S = WAIT_S + ASKING_S + 30
# How often the module is run on a node that answers commands, but from which the module's result does not come.
TRIES = 3


class Health(NamedTuple):
    """What the module found. ``report``: its "health"; ``sources``: what the operator's gates may query."""

    report: dict[str, Any]
    unmet: list[Unmet]
    sources: dict[str, Any]


class HealthCheck:
    """Runs cri_health on one node. ``wanted``: the option verification."""

    def __init__(self, wanted: dict[str, Any], engine: NodeEngine, log: Log) -> None:
        self._wanted, self._engine, self._log = wanted, engine, log

    def check(self, prefix: str) -> Health:
        """Run the module; no result within its time limit is something unmet, too.

        ``prefix``: of the wanted runtime version. Raises Refused while another rollout works on the node, and Lost when
        the node could not be reached until the deadline.
        """
        error = ""
        for _try in range(TRIES):
            left = self._engine.lock_for(LOCK_S)
            wait = WAIT_S if left is None else max(0, min(WAIT_S, left - BEFORE_WATCHDOG))
            self._log("checking the runtime by crictl (at most %d s)" % wait)
            try:
                return health_of(self._engine.connection.run_health(self.arguments(prefix, wait), wait + ASKING_S))
            except AnsibleConnectionFailure as exc:
                error = str(exc)
                self._engine.connection.make_again(error)
            except AnsibleError as exc:
                error = str(exc)
                break
        return no_result(error)

    def arguments(self, prefix: str, wait: int) -> dict[str, Any]:
        """The module's arguments, of what the switch has made: the journal and the plan on the node."""
        name, _separator, version = prefix.partition("://")
        left_out = left_out_handlers(self._engine.journal)
        given: dict[str, Any] = {
            "endpoint": self._engine.journal["to"]["socket"],
            "crictl": self._engine.crictl(),
            "runtime_name": name,
            "handlers": [item["name"] for item in self._wanted["handlers"] if item["name"] not in left_out],
            "network_ready": True,
            "wait": wait,
        }
        if version:
            given["runtime_version"] = "^" + re.escape(version)
        if self._wanted["pause_image"]:
            given["pause_image"] = self._wanted["pause_image"]
        return given


def left_out_handlers(journal: Any) -> dict[str, str]:
    """{name: why} of the optional handlers that the engine found not to work on this node."""
    return ((journal.get("handlers") or {}).get("left_out")) or {}


def health_of(result: ModuleResult) -> Health:
    """What a result of the module says. A module that ended without one of its own is something unmet."""
    if "health" not in result:
        printed = result.get("module_stderr") or result.get("module_stdout") or result.get("msg") or ""
        return no_result("rc %s: %s" % (result.get("rc"), " ".join(str(printed).split())[-300:]))
    unmet: list[Unmet] = list((result.get("details") or {}).get("unmet") or [])
    if result.get("failed") and not unmet:
        unmet = [unmet_entry(result["reason"], str(result["msg"]).partition(": ")[2])]
    sources = {"crictl_info": result.get("info") or None, "crictl_version": result.get("version_fields") or None}
    return Health(result["health"], unmet, sources)


def no_result(error: str) -> Health:
    """Where the module had no result of its own."""
    text = "the module cri_health had no result on the node: %s" % error
    return Health({}, [unmet_entry("CRI-VERIFY-HEALTH", text, seen=error)], {})
