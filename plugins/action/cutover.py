# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of a node's window: start or attach, follow the journal, verify by the API, confirm.

What it does stands in plugin_utils/cutover, one state a file. While it works it keeps the node lock, so that no other
rollout touches the node: the engine knows whose lock it is, and until when.

One module runs on the node in the window, cri_health, before the node is confirmed. All else is short commands over the
raw connection. The engine there needs none of this. When the connection stays away, it finishes or reverts by itself,
and the task fails so that rescue runs.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client
from ansible_collections.cri.switchover.plugins.modules.cutover import ARGUMENT_SPEC, REQUIRED_IF
from ansible_collections.cri.switchover.plugins.plugin_utils import cutover_plan
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.task import Task
from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError
from ansible_collections.cri.switchover.plugins.plugin_utils.on_node import NodeAction

client.load()


class ActionModule(NodeAction):
    """The action of the module cutover."""

    SPEC = ARGUMENT_SPEC
    REQUIRED_IF = REQUIRED_IF

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """With state=staged, the plan is made here and the module stages it; the other states are done here."""
        if args["state"] == "staged":
            return self._stage(args, task_vars)
        host = task_vars.get("inventory_hostname", "")

        def log(text: str) -> None:
            self._display.display("  %s: %s" % (host, text))

        def make_client() -> client.Client:
            return self.make_client(args["verification"]["kubeconfig"], args["verification"]["context"])

        def run_health(arguments: dict[str, Any], seconds: int) -> dict[str, Any]:
            return self.run_bounded("cri.switchover.cri_health", arguments, task_vars, seconds)

        task = Task(
            host,
            args,
            python_of(task_vars),
            self._low_level_execute_command,
            run_health,
            self._connection,
            make_client,
            log,
        )
        return task.run(self._task.check_mode)

    def _stage(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Make the plan of its parts, and let the module stage it on the node. Raises ActionError."""
        try:
            parts = [args[name] for name in ("info", "target", "kubelet", "run", "annotations", "boot")]
            plan = cutover_plan.build(*parts)
        except KeyError as exc:
            text = "the plan cannot be made: its parts lack %s" % exc
            raise ActionError("CRI-CUTOVER-PLAN", text, missing=str(exc.args[0])) from exc
        given = {"state": "staged", "plan": plan}
        return dict(self._execute_module(module_name="cri.switchover.cutover", module_args=given, task_vars=task_vars))


def python_of(task_vars: dict[str, Any]) -> str:
    """The interpreter that modules have on this node."""
    chosen = task_vars.get("ansible_python_interpreter")
    if not chosen or str(chosen).startswith("auto"):
        chosen = (task_vars.get("ansible_facts") or {}).get("discovered_interpreter_python")
    return str(chosen or "python3")
