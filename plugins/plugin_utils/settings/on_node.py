# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node that was switched has of a setting, by its facts: see Setting.on_node. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts

OnNode = Callable[[Any, Facts], "str | None"]


def rendered_as(fact: str, form: Callable[[str], str] = str) -> OnNode:
    """A row's ``on_node``, of the fact that has what the switch made of the value; of an empty one it says nothing."""

    def on_node(value: Any, info: Facts) -> str | None:
        seen = dig(info, fact)
        if not value or not seen:
            return None
        return "" if form(seen) == value else str(seen)

    return on_node


def cgroups_on_node(mode: Any, info: Facts) -> str | None:
    """What a node's cgroups are, where another version would have come of this mode."""
    seen = dig(info, "cgroup.version")
    if seen == 1:
        return "" if mode == "report" else "cgroup v1, which the mode enable changes"
    if seen == 2:
        was_booted = any(step.get("name") == "reboot" for step in dig(info, "journal.steps", []))
        return "cgroup v2, into which its switch booted it" if mode == "report" and was_booted else ""
    return None
