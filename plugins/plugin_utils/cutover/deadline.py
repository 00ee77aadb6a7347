# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Until when a task of the action cutover stays with its node.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import time

# Seconds that a revert may take once it has begun.
REVERT_S = 600
# Seconds before the watchdog's expiry by which a verification ends: after it, its result would be of no use.
BEFORE_WATCHDOG = 20


class Deadline:
    """The watchdog's expiry, and after it the time that a revert may take. All times are of time.monotonic()."""

    def __init__(self, watchdog: float) -> None:
        self.watchdog = watchdog
        self._expiry = time.monotonic() + watchdog

    def restart(self, seconds: float | None = None) -> None:
        """The watchdog counts anew: ``seconds`` from now on, or as long as it was given at first."""
        self._expiry = time.monotonic() + (self.watchdog if seconds is None else seconds)

    def watchdog_left(self) -> float:
        """Seconds until the watchdog expires and the node reverts by itself."""
        return self._expiry - time.monotonic()

    def is_over(self) -> bool:
        """Whether even a revert by the watchdog should have ended."""
        return time.monotonic() > self._expiry + REVERT_S
