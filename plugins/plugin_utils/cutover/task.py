# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task of the action cutover, from its options to its result: which state is whose file.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._engine.views import view
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover import failures
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.annotations import where_it_ended
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.check_mode import foresee
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.confirm import confirm
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.connection import CommandResult, NodeConnection
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import Deadline
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Outcome
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.finalize import finalize
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.follow import Follower
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.health import HealthCheck
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.resume import resume
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.revert import require_revertible, revert
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.verifier import Verifier
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.window import Window
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Log
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.health import ModuleResult

_STATES: dict[str, Callable[[Window], Outcome]] = {
    "confirmed": confirm,
    "resumed": resume,
    "finalized": finalize,
    "revertible": require_revertible,
    "reverted": revert,
}


class Task:
    """One task on one node, put together.

    ``args``: the action's options; ``python``: the node's interpreter; ``execute``, ``run_module`` and
    ``connection``: as NodeConnection has them; ``make_client``: a client of the Kubernetes API, made once it is needed.
    """

    def __init__(
        self,
        host: str,
        args: dict[str, Any],
        python: str,
        execute: Callable[[str], CommandResult],
        run_module: Callable[[dict[str, Any], int], ModuleResult],
        connection: Any,
        make_client: Callable[[], Client],
        log: Log,
    ) -> None:
        deadline = Deadline(args["watchdog"])
        lock = ["--by-run", args["by_run"] or args["run_id"], "--owner", args["owner"]]
        self.connection = NodeConnection(execute, run_module, connection, deadline, log)
        self.engine = NodeEngine(self.connection, python, lock, deadline, log)
        follower = Follower(self.engine, deadline, log)
        wanted = args["verification"] or {}
        self._annotations = (wanted.get("baseline") or {}).get("annotations")
        health = HealthCheck(wanted, self.engine, log)
        verifier = Verifier(wanted, args["run_id"], make_client, self.engine, deadline, log)
        self.window = Window(host, args, self.engine, follower, health, verifier, deadline, log)

    def run(self, check_mode: bool) -> Outcome:
        """The result of the task; its failures are results, too."""
        host = self.window.host
        outcome: Outcome = {"changed": False, "failed": False}
        try:
            if check_mode:
                outcome.update(foresee(self.window))
            else:
                self.connection.keep_alive()
                outcome.update(_STATES[self.window.args["state"]](self.window))
                self.engine.release_lock()
        except failures.Lost as exc:
            outcome.update(failures.lost(host, exc, self.engine.journal))
        except failures.Refused as exc:
            self.engine.release_lock()
            outcome.update(failures.refused(host, exc))
        shown = view(self.engine.journal)
        outcome.setdefault("phase", shown["phase"])
        outcome["annotations"] = where_it_ended(outcome["phase"], self.engine.journal, self._annotations)
        sent = {"commands": self.connection.commands, "executions": self.connection.executions}
        outcome.update(sent, steps=shown["steps"])
        if shown["run_id"]:
            outcome["run_id"] = shown["run_id"]
        return outcome
