# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a rollout is: the counting and the words stand in plugin_utils/rollout."""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.modules.rollout_progress import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import Action, argument_spec
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import messages
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.progress import progress


class ActionModule(Action):
    """The action rollout_progress."""

    SPEC = argument_spec(DOCUMENTATION)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """{"progress", "message"}: how far it is, and why it stops."""
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
