# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a target will have on a node, by the plan that the switch makes. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Set

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime

    Facts = Dict[str, Any]

# The handler of a target that declares none, and its program.
RUNC = "runc"


def plan_of(target: "Runtime", info: "Facts", declared: "Any") -> "Optional[Facts]":
    """The plan of a configured target; None where there can be none, which other findings say.

    ``declared``: switchover_handlers.
    """
    try:
        return target.configured(dict(target.chosen, handlers=declared or [])).plan(info)
    except RuntimeConfigError:
        return None


def parsed(declared: "Any") -> "List[Facts]":
    """The declared handlers, the default first; none where the declaration cannot be used, which its own check says."""
    try:
        return handlers.parse(declared) if declared else []
    except handlers.HandlersError:
        return []


def handler_names(target: "Runtime", info: "Facts", declared: "Any") -> "Set[str]":
    """Names of the handlers that the target is sure to have: an optional one may be left out."""
    plan = plan_of(target, info, declared)
    if plan:
        return {handler["name"] for handler in plan["handlers"] if not handler.get("optional")}
    if declared:
        return {handler["name"] for handler in parsed(declared) if not handler["optional"]}
    packaged = dig(info, "%s.config.runtimes" % target.name, {})
    return {RUNC} | {name for name in packaged if (packaged[name] or {}).get("exists")}


def default_program(target: "Runtime", info: "Facts", declared: "Any") -> str:
    """The program, by its path or its name, that starts pods without a RuntimeClass."""
    for handler in parsed(declared):
        return str(handler["options"].get("binary") or handler["runtime"])
    plan = plan_of(target, info, declared)
    settings: "Facts" = plan["settings"] if plan else {}
    # What the packages of a target name as its default.
    name: str = settings.get("default_runtime") or RUNC
    table = dig(settings, "runtimes", {}).get(name) or {}
    packaged = dig(info, "%s.config.runtimes" % target.name, {}).get(name) or {}
    return str(table.get("runtime_path") or packaged.get("path") or name)
