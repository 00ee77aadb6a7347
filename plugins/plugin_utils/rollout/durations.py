# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many seconds a host may take for its part of a rollout. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import value

# The parts of a window.
SECONDS = (
    "switchover_drain_timeout",
    "switchover_watchdog",
    "switchover_verify_timeout",
    "switchover_recheck_delay",
)
# What a revert may take once the watchdog has expired: as long as the action cutover waits for it.
REVERT_S = 600
# Time to spare.
SPARE_S = 600


def longest(settings: Mapping[str, Any]) -> int:
    """The seconds that a host may take from its drain to the end of its batch, with time to spare.

    That is a drain, a window with its revert, two verifications, and the check after finalizing. The watchdog counts
    anew from a boot. ``settings``: the host's variables, as the operator set them; ``-e name=value`` delivers text.
    """
    drain, watchdog, verification, recheck = (value(name, settings) for name in SECONDS)
    windows = 2 if value("switchover_cgroup_v2", settings) == "enable" else 1
    return drain + windows * (watchdog + REVERT_S) + 2 * verification + recheck + SPARE_S
