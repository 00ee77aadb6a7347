# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the work of the module of the same name in Ansible's own process, where that would run on the same machine.

So it shows at once what a drain waits for, and starts no other Python. On another host, as another user, or in the
background, the module runs instead, and shows nothing before its end.
"""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client
from ansible_collections.cri.switchover.plugins.modules import node_drain

client.load()


class ActionModule(ActionBase):
    """The action of the module node_drain."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task; its failure is a result with ``failed``. Raises AnsibleActionFail for arguments."""
        super().run(tmp, task_vars)
        if self._connection.transport != "local" or self._task.async_val or self._connection.become:
            return self._execute_module(
                module_name="cri.switchover.node_drain",
                module_args=dict(self._task.args),
                task_vars=task_vars,
                wrap_async=self._task.async_val and not self._connection.has_native_async,
            )
        spec = dict(node_drain.SPEC, **node_drain.AUTH_SPEC)
        _validated, params = self.validate_argument_spec(argument_spec=spec, required_if=node_drain.REQUIRED_IF)
        env = client.environment(self._task.environment, self._templar)
        result = node_drain.work(params, self._task.check_mode, self._show, env)
        # Plain data, as a module's result is.
        return json.loads(json.dumps(result))

    def _show(self, text: str) -> None:
        self._display.display("  %s %s" % (self._task.args["name"], text))
