# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node needs for its target, before and after the target's packages are installed. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError
from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts

# What the plan of a runtime has, see Runtime.common_plan().
Plan = dict[str, Any]


def planned(runtime: Runtime, info: Facts) -> Plan:
    """All that the node needs. ``runtime``: configured; ``info``: of node_runtime_info. Raises ActionError."""
    try:
        return runtime.plan(info)
    except RuntimeConfigError as exc:
        raise ActionError(runtime.plan_token, str(exc)) from exc


def with_installed(runtime: Runtime, info: Facts, installed: Facts) -> Facts:
    """The facts after the packages were installed. ``installed``: of node_runtime_info, read since.

    The installation did not change the rest, such as Docker's images. Raises ActionError where it brought a network.
    """
    now = installed["cni"]["active"]
    if now != info["cni"]["active"]:
        raise ActionError(
            "CRI-STAGE-NETWORK",
            "%s in %s came with the packages. It would be used instead of %s, also by Docker's kubelet. "
            "Remove it, then run again." % (now, info["cni"]["conf_dir"], info["cni"]["active"]),
            seen=now,
            wanted=info["cni"]["active"],
        )
    return {**info, **{part: installed[part] for part in (runtime.name, "crictl", "packages", "handlers")}}


def refuse_misread(runtime: Runtime, plan: Plan, validations: list[dict[str, Any]]) -> None:
    """Raise ActionError where the installed target reads the staged files differently.

    ``plan``: of planned(); ``validations``: of stage_files. Where none has run, as in check mode on a fresh node, there
    is nothing to compare.
    """
    printed = [item["stdout"] for item in validations if "skipped" not in item]
    differing = runtime.misread(printed[0], plan["settings"]) if printed else []
    if differing:
        error = plan["misread"]
        raise ActionError(
            error["token"],
            "%s %s reads %s differently than intended: %s. Nothing is live. %s."
            % (plan["title"], plan["version"], error["what"], "; ".join(differing), error["remedy"]),
            differing=differing,
        )


def report(plan: Plan, validations: list[dict[str, Any]]) -> list[str]:
    """What a dry run would install, and what it cannot check yet, as sentences."""
    lines = ["Would install the packages %s." % ", ".join(plan["packages"])] if plan["packages"] else []
    if not [item for item in validations if "skipped" not in item]:
        lines.append("Not checked yet: the staged files, because %s is not on the node." % plan["title"])
    return lines
