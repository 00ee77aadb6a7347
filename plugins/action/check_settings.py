# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the settings of a host: what is wrong with them stands in plugin_utils/settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.cri.switchover.plugins.modules.check_settings import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import Action, argument_spec, variables_of
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.shaping_settings import shaping
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.errors import (
    errors,
    missing_control_plane,
    missing_files,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.exceptions import accepted
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import PREFIX
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import value


class ActionModule(Action):
    """The action check_settings."""

    SPEC = argument_spec(DOCUMENTATION)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """{"shaping"}, or a failure that names all that is wrong."""
        given = {name: self._templar.template(task_vars[name]) for name in task_vars if name.startswith(PREFIX)}
        # One after the other, since what follows needs values that can be read.
        wrong = errors(given) or missing_files(given, lambda path: Path(path).is_file())
        # The first host reports what concerns the whole run.
        if not wrong and args["require_control_plane"] and task_vars["inventory_hostname"] == args["hosts"][0]:
            wrong = self._without_control_plane(args["hosts"], given, task_vars)
        if wrong:
            return {"failed": True, "msg": "\n".join(wrong)}
        return {"changed": False, "shaping": shaping(given)}

    def _without_control_plane(
        self, hosts: list[str], given: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> list[str]:
        group = value("switchover_control_plane_group", given)
        control_plane = task_vars["groups"].get(group, [])
        if set(control_plane) & set(hosts):
            return []
        allowed = accepted(variables_of(task_vars, host).get("switchover_allow") for host in hosts)
        return missing_control_plane(group, control_plane, allowed)
