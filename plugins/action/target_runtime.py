# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans a target, and stages its files, checked by the installed target: see plugin_utils/staging/target_plan."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.cri.switchover.plugins.modules.target_runtime import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import Action, argument_spec, run_module
from ansible_collections.cri.switchover.plugins.plugin_utils.staging import target_plan
from ansible_collections.cri.switchover.plugins.plugin_utils.target import target_of

OF_THE_INSTALLATION = ("packages", "package_manager", "excluded_paths", "reread", "service")


class ActionModule(Action):
    """The action target_runtime."""

    _requires_connection = True
    SPEC = argument_spec(DOCUMENTATION)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """See the documentation of the module of its name."""
        result = self._planned(args) if args["state"] == "planned" else self._staged(args, task_vars)
        # Plain data, as a module's result is.
        return json.loads(json.dumps(result))

    def _planned(self, args: dict[str, Any]) -> dict[str, Any]:
        plan = target_plan.planned(target_of(args["target"]).configured(args["options"]), args["info"])
        # The contents of the files are of no use before they are staged.
        return {"changed": False, **{key: plan[key] for key in OF_THE_INSTALLATION}}

    def _staged(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        runtime = target_of(args["target"]).configured(args["options"])
        info = args["info"]
        if args["installed"]:
            info = target_plan.with_installed(runtime, info, args["installed"])
        plan = target_plan.planned(runtime, info)
        options = {"files": plan["files"], "validate": plan["validate"]}
        staged = run_module(self, "cri.switchover.stage_files", options, task_vars)
        if staged.get("failed") or staged.get("unreachable"):
            return staged
        target_plan.refuse_misread(runtime, plan, staged["validations"])
        checking = self._task.check_mode
        return {
            **plan,
            "changed": staged.get("changed", False) or (checking and bool(plan["packages"])),
            "files": staged["files"],
            "report": target_plan.report(plan, staged["validations"]) if checking else [],
            **({"diff": staged["diff"]} if "diff" in staged else {}),
        }
