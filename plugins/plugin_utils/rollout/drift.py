# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was changed of a node's settings since a switch left it on its target. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any, TypedDict

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Journal, Settings
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS

# The phases of a node that a switch left on its target, where it may serve pods.
SWITCHED = ("switched", "confirmed", "finalized", "revert_blocked")


class Change(TypedDict):
    """A setting by which another switch would make the node otherwise than it is."""

    setting: str
    # Its values at the node's switch, and now.
    old: Any
    new: Any
    # What the node has instead of the new one, in words, where its facts say so.
    node: str


def journal_of_switch(info: Facts) -> Journal:
    """The journal of the switch that left the node where it is; {}: none did, or somebody moved it since."""
    journal: Journal = info.get("journal") or {}
    if journal.get("error") or journal.get("newer") or journal.get("phase") not in SWITCHED:
        return {}
    return journal if journal.get("to") == dig(info, "runtime.in_use") else {}


def is_unrecorded(info: Facts) -> bool:
    """Whether a switch left the node where it is, and did not record its settings, as older releases did not."""
    journal = journal_of_switch(info)
    return bool(journal) and not journal.get("settings")


def changes(info: Facts, settings: Settings) -> list[Change]:
    """What was changed since the switch that left the node where it is.

    None where no switch did, and where it recorded no settings. ``settings``: of shaping(), those that the host has
    now.
    """
    old = journal_of_switch(info).get("settings")
    found = [_change(name, old, settings, info) for name in sorted(settings)] if old else []
    return [change for change in found if change]


def _change(name: str, old: Settings, new: Settings, info: Facts) -> Change | None:
    """Of one setting. One that the journal does not have was added by a later release, and had its default."""
    row, target = SETTINGS[name], new.get("switchover_target", "")
    if row.runtime and target != old.get("switchover_target"):
        return None
    was, now = old.get(name, row.default), new[name]
    node = row.on_node(now, info) if row.on_node else None
    if node is None:
        same = was == now or (row.is_default(was, target) and row.is_default(now, target))
    else:
        same = not node
    return None if same else Change(setting=name, old=was, new=now, node=node or "")
