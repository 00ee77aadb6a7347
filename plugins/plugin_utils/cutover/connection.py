# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands and one module on the node, over Ansible's own connection: a lost connection is made again.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import Deadline
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Lost
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Log
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.health import ModuleResult

# Seconds before a lost connection is made again.
RETRY_AFTER = 2

# ssh's own exit code for a connection that failed.
NO_CONNECTION = 255

# {"rc", "stdout", "stderr"}
CommandResult = dict[str, Any]


class NodeConnection:
    """The connection to one node.

    ``execute``: ActionBase's _low_level_execute_command; ``run_module``: runs the module cri_health with these
    arguments, for at most so many seconds; ``connection``: the connection plugin.
    """

    def __init__(
        self,
        execute: Callable[[str], CommandResult],
        run_module: Callable[[dict[str, Any], int], ModuleResult],
        connection: Any,
        deadline: Deadline,
        log: Log,
    ) -> None:
        self._execute, self._run_module = execute, run_module
        self._connection, self._deadline, self._log = connection, deadline, log
        # How many commands were sent, and how many modules.
        self.commands = 0
        self.executions = 0

    def run(self, command: str) -> CommandResult:
        """One command, in the locale C. Raises Lost when the deadline is over before it had an answer."""
        while True:
            try:
                self.commands += 1
                result = self._execute("LC_ALL=C " + command)
                if result.get("rc") != NO_CONNECTION:
                    return result
                error = (result.get("stderr") or "").strip()
            except AnsibleConnectionFailure as exc:
                error = str(exc)
            self.make_again(error)

    def run_health(self, arguments: dict[str, Any], seconds: int) -> ModuleResult:
        """The result of the module cri_health, run once. Raises AnsibleConnectionFailure where it has none for that."""
        self.executions += 1
        result = self._run_module(arguments, seconds)
        if result.get("rc") == NO_CONNECTION and "health" not in result:
            raise AnsibleConnectionFailure(str(result.get("module_stderr") or "rc %d" % NO_CONNECTION))
        return result

    def make_again(self, error: str) -> None:
        """Let the next command make the connection anew. Raises Lost when the deadline is over."""
        if self._deadline.is_over():
            raise Lost(error[-200:])
        self._log("no connection, trying again: %s" % error[-200:])
        self._reset()
        time.sleep(RETRY_AFTER)

    def keep_alive(self) -> None:
        """Let an ssh session end that nobody answers any more: a command would wait for it for a quarter of an hour."""
        if self._connection.transport != "ssh":
            return
        names = ("ssh_args", "ssh_common_args", "ssh_extra_args")
        given = [self._connection.get_option(name) or "" for name in names]
        if not any("ServerAliveInterval" in text for text in given):
            self._connection.set_option(
                "ssh_common_args", given[1] + " -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
            )
            # The session that earlier tasks share was begun without it.
            self._reset()

    def _reset(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.reset()


def as_json(result: CommandResult) -> Any:
    """The JSON object in a command's output, or None. What stands before it is a login's greeting."""
    text = result["stdout"]
    if "{" not in text:
        return None
    try:
        return json.loads(text[text.index("{") :])
    except ValueError:
        return None
