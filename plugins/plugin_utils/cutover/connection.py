# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands on the node over Ansible's own connection, without a module: a lost connection is made again.

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

# Seconds before a lost connection is made again.
RETRY_AFTER = 2

# {"rc", "stdout", "stderr"}
CommandResult = dict[str, Any]


class NodeConnection:
    """The connection to one node.

    ``execute``: ActionBase's _low_level_execute_command; ``connection``: the connection plugin.
    """

    def __init__(self, execute: Callable[[str], CommandResult], connection: Any, deadline: Deadline, log: Log) -> None:
        self._execute, self._connection, self._deadline, self._log = execute, connection, deadline, log
        # How many commands were sent.
        self.commands = 0

    def run(self, command: str) -> CommandResult:
        """One command, in the locale C. Raises Lost when the deadline is over before it had an answer."""
        while True:
            try:
                self.commands += 1
                result = self._execute("LC_ALL=C " + command)
                # ssh's own exit code for a connection that failed.
                if result.get("rc") != 255:
                    return result
                error = (result.get("stderr") or "").strip()[-200:]
            except AnsibleConnectionFailure as exc:
                error = str(exc)[-200:]
            if self._deadline.is_over():
                raise Lost(error)
            self._log("no connection, trying again: %s" % error)
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
