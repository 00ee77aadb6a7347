# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions that count for what concerns a whole run: its hosts may have different ones. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS


def accepted(given: Iterable[Any]) -> list[str]:
    """The exceptions that any host has. ``given``: switchover_allow of each, as it was set; None where it was not.

    Raises SettingError.
    """
    read = SETTINGS["switchover_allow"].read
    return sorted({name for value in given for name in read("" if value is None else value)})
