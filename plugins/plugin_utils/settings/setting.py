# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a setting is: one row of the table. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._rollout.gates import plain
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.kinds import Kind
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.texts import WrongValue

PREFIX = "switchover_"
# Scopes: one value for the whole run, or a value for each host.
RUN, HOST = "run", "host"


class SettingError(ValueError):
    """A value that a setting cannot have. The message begins with its token, and says what is wanted."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """A setting of the operator's, with all that is known of it."""

    name: str
    # How its value is read, from data and from text.
    kind: Kind
    # What counts where it is not set.
    default: Any
    # RUN or HOST.
    scope: str
    # The heading of the documents that it belongs to.
    section: str
    # What it does, in at most two short sentences, with its unit. Surveys ask with it, too.
    description: str
    # The roles' variables that have it as their default.
    variables: tuple[str, ...] = ()
    # Whether a change of it would change what stands on a node that is switched already.
    shapes: bool = False
    # What a node that was switched has instead of a value, of its facts, in words; "" where it has the value, and None
    # where they do not say: then only the setting's values, at the switch and now, can be compared.
    on_node: Callable[[Any, Facts], str | None] | None = None
    # {target: what the default stands for there}: to write it out is no change.
    stands_for: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    # The only target that it is for; empty: all.
    runtime: str = ""
    # The default in words, where the empty one stands for something else.
    default_words: str = ""
    # Further sentences, for the documentation of roles.
    more: tuple[str, ...] = ()

    def read(self, value: Any) -> Any:
        """The value in its own type. Text that is empty means that it is not set. Raises SettingError."""
        given = plain(value)
        if isinstance(given, str) and not given.strip():
            return copy.deepcopy(self.default)
        try:
            return self.kind.read(given)
        except WrongValue as exc:
            shown = self.kind.shown(given)
            raise SettingError("CRI-SETTINGS-VALUE: %s is %s, wanted: %s" % (self.name, shown, exc)) from exc

    def is_default(self, value: Any, target: str) -> bool:
        """Whether a value, of Kind.shaping(), is the default, or what that stands for on this target."""
        return value in (self.default, self.stands_for.get(target, self.default))

    def of(self, settings: Mapping[str, Any]) -> Any:
        """Its value among ``settings``, {name: as the operator gave it}; others may be there. Raises SettingError."""
        return self.read(settings[self.name] if self.name in settings else "")
