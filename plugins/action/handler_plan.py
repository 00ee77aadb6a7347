# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans what runtime handlers need, and checks them afterwards: see plugin_utils/staging/handler_plan."""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.modules.handler_plan import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import Action, argument_spec
from ansible_collections.cri.switchover.plugins.plugin_utils.staging import handler_plan
from ansible_collections.cri.switchover.plugins.plugin_utils.target import target_of


class ActionModule(Action):
    """The action handler_plan."""

    SPEC = argument_spec(DOCUMENTATION)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """See the documentation of the module of its name."""
        return self._planned(args) if args["state"] == "planned" else self._checked(args)

    def _planned(self, args: dict[str, Any]) -> dict[str, Any]:
        plan = handler_plan.planned(args["handlers"], args["info"], target_of(args["target"]))
        return {"changed": False, **plan}

    def _checked(self, args: dict[str, Any]) -> dict[str, Any]:
        target = target_of(args["target"])
        found = handler_plan.checked(args["handlers"], args["info"], target, args["programs"])
        # In check mode nothing was installed: what is missing in the facts still is.
        if not self._task.check_mode:
            return {"changed": False, "report": [], **found}
        plan = handler_plan.planned(args["handlers"], args["info"], target)
        report = handler_plan.report(plan, args["handlers"], args["info"])
        return {"changed": bool(plan["packages"]), "report": report, **found}
