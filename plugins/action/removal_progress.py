# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the removal of Docker is: plan and words stand in plugin_utils/rollout/removal.py."""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.modules.removal_progress import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import Action, argument_spec, variables_of
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import removal
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.nodes import missing_hosts


class ActionModule(Action):
    """The action removal_progress."""

    SPEC = argument_spec(DOCUMENTATION)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """{"message"}, and after the check {"rollout"}."""
        hosts, alive = task_vars["ansible_play_hosts_all"], task_vars["ansible_play_hosts"]
        lost = [host for host in hosts if host not in alive]
        if args["after"] == "batch":
            order = args["plan"]["order"]
            return {"changed": False, "message": removal.after_batch(order, _results(order, task_vars), lost)}
        results = _results(hosts, task_vars)
        unknown = missing_hosts(args["only"], hosts)
        message = "CRI-REMOVE-BLOCKED: %s." % unknown if unknown else removal.after_check(results, lost)
        rollout = removal.plan_removal(results, args["control_plane"], args["forks"])
        return {"changed": False, "message": message, "rollout": rollout}


def _results(hosts: list[str], task_vars: dict[str, Any]) -> removal.Results:
    return {host: variables_of(task_vars, host).get("remove_docker_result") or {} for host in hosts}
