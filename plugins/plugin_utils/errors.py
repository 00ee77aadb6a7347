# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What work on the controller may end with, as an operator reads it. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any


class ActionError(Exception):
    """A task fails with a token. ``reason``: the token; ``details``: what belongs to it, as data."""

    def __init__(self, reason: str, message: str, **details: Any) -> None:
        super().__init__("%s: %s" % (reason, message))
        self.reason, self.details = reason, details

    def result(self) -> dict[str, Any]:
        """The result of the task that it ends."""
        return {"failed": True, "msg": str(self), "reason": self.reason, "details": self.details}
