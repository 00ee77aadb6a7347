# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that decide what stands on a node after a switch: each in one form. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import Setting
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS, value

# Part of every digest. Raise it when a release renders a node differently for the same settings.
CONFIG_SCHEMA = 1


def shaping(settings: Mapping[str, Any]) -> dict[str, Any]:
    """{name: value} of all settings that shape a node with this host's target, in their own types.

    ``settings``: the host's variables, or its switchover_* alone, as the operator gave them. What is not set has its
    default. There is no secret among them: of handlers, the origin of programs is left out, since a URL may have
    credentials. So the journal and the output may have them. Raises SettingError.
    """
    return {setting.name: setting.kind.shaping(setting.of(settings)) for setting in _rows(settings)}


def digest_of(settings: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the settings that shape a node: equal digests mean that there is nothing to apply again.

    ``settings``: of shaping(). Defaults do not count, so that a setting which a later release adds leaves the digest as
    it is.
    """
    target = settings.get("switchover_target", "")
    given = {
        name: kept
        for name, kept in settings.items()
        if name not in SETTINGS or not SETTINGS[name].is_default(kept, target)
    }
    return hashlib.sha256(json.dumps([CONFIG_SCHEMA, given], sort_keys=True).encode()).hexdigest()


def _rows(settings: Mapping[str, Any]) -> Iterator[Setting]:
    target = value("switchover_target", settings)
    return (row for row in SETTINGS.values() if row.shapes and row.runtime in ("", target))
