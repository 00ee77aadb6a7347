# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest by which a run knows whether a node was switched with today's settings. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import hashlib
import json

from ansible_collections.cri.switchover.plugins.plugin_utils.records import Settings

# Part of every digest. Raise it when a release renders a node differently for the same settings.
CONFIG_SCHEMA = 1

# The settings that shape a node's files. The others only say how a run works.
SHAPING = ("switchover_target", "switchover_pause_image")


def config_digest(settings: Settings) -> str:
    """SHA-256 (hex) of the settings that shape a node: equal digests mean that there is nothing to apply again.

    ``settings``: switchover_* by name; those that do not shape a node may be among them.
    """
    shaping = dict((name, settings.get(name)) for name in SHAPING)
    return hashlib.sha256(json.dumps([CONFIG_SCHEMA, shaping], sort_keys=True).encode()).hexdigest()
