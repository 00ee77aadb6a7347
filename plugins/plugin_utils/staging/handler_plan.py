# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What declared runtime handlers need on a node, and whether they can work with what it has then. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import (
    handler_checks,
    handler_programs,
    handlers,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts

# An operator's declaration: switchover_handlers.
Declared = list[dict[str, Any]]
Handler = dict[str, Any]


def parsed(declared: Declared) -> list[Handler]:
    """The declared handlers with all keys; none where none is declared. Raises ActionError."""
    try:
        return handlers.parse(declared) if declared else []
    except handlers.HandlersError as exc:
        raise ActionError("CRI-SETTINGS-VALUE", "switchover_handlers: %s" % exc, problems=exc.problems) from exc


def planned(declared: Declared, info: Facts, target: Runtime) -> dict[str, Any]:
    """What is to be installed, see handler_programs.install_plan(). ``info``: read with these handlers."""
    usable, _found = handler_checks.usable(parsed(declared), info, target)
    return handler_programs.install_plan(usable, info)


def checked(declared: Declared, info: Facts, target: Runtime, programs: Facts) -> dict[str, Any]:
    """Whether the handlers can work: {info, handlers, findings}. Raises ActionError for one that cannot.

    ``programs``: what was installed since ``info`` was read, as the result of handler_binaries has it in facts.
    """
    if programs:
        known = dict(info.get("handlers") or {})
        known["programs"] = {**(known.get("programs") or {}), **programs}
        info = dict(info, handlers=known)
    usable, found = handler_checks.usable(parsed(declared), info, target)
    unfit = [item for item in found if item["blocks"]]
    if unfit:
        remedies = dict.fromkeys(item["remedy"] for item in unfit)
        text = "%s. To fix it: %s" % ("; ".join(item["message"] for item in unfit), "; ".join(remedies))
        raise ActionError("CRI-HANDLERS", text, findings=found)
    return {"info": info, "handlers": [handler["name"] for handler in usable], "findings": found}


def report(plan: dict[str, Any], declared: Declared, info: Facts) -> list[str]:
    """What a dry run would do, and what it cannot check yet, as sentences. ``plan``: of planned()."""
    lines = ["Would install the packages %s." % ", ".join(plan["packages"])] if plan["packages"] else []
    if plan["gvisor"] and not handler_programs.program(info, "runsc").get("version"):
        lines.append("Would install gVisor's programs.")
    for handler in parsed(declared):
        if not handler_programs.program(info, handler["runtime"]).get("version"):
            text = "Not checked yet: handler %s, because %s is not on the node."
            lines.append(text % (handler["name"], handler["runtime"]))
    return lines
