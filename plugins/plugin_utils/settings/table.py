# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All settings that an operator can make, by name. Pure: no I/O.

A setting is one row of a file in rows/. What is made of the rows is written by tests/generate.py. Private to this
collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.rows import node, run, target
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import Setting

SETTINGS: dict[str, Setting] = {setting.name: setting for setting in run.ROWS + node.ROWS + target.ROWS}


def value(name: str, settings: Mapping[str, Any]) -> Any:
    """The value of a setting among a host's variables, in its own type; its default where it is not set.

    ``settings``: {name: as the operator gave it}, such as the host's variables. Raises KeyError for a name that is no
    setting, and SettingError for a value that it cannot have.
    """
    return SETTINGS[name].of(settings)
