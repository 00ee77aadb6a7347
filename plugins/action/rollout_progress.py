# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a rollout is: the counting and the words stand in plugin_utils/rollout."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.cri.switchover.plugins.modules.rollout_progress import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import argument_spec
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import messages
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.progress import progress


class ActionModule(ActionBase):
    """The action rollout_progress."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """{"progress", "message"}: how far it is, and why it stops."""
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _validated, args = self.validate_argument_spec(argument_spec=argument_spec(DOCUMENTATION))
        goal = args["plan"]["run"]["goal"]
        found = progress(
            args["plan"], task_vars["hostvars"], task_vars["ansible_play_hosts_all"], task_vars["ansible_play_hosts"]
        )
        message = {
            "staging": lambda: messages.unprepared(found, goal),
            "batch": lambda: messages.after_batch(found, args["max_failures"]),
            "run": lambda: messages.at_end(found, goal),
        }[args["after"]]()
        # A dry run has moved no node itself.
        moved = {} if self._task.check_mode else found["moved"]
        found["on_target"] = dict(args["plan"]["on_target"], **moved)
        return {"changed": False, "message": message, "progress": found}
