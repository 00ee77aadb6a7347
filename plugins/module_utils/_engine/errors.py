# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a failure is reported: a stable token, a sentence, and details for machines."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict


class Failure(Exception):
    """What failed, with a stable token and details for machines.

    reason: the token, as CRI-DRAIN-PDB; message: the sentence; details: whatever JSON can express.
    """

    def __init__(self, reason: str, message: str, **details: "Any") -> None:
        super().__init__("%s: %s" % (reason, message))
        self.reason = reason
        self.details = details


def unmet_entry(reason: str, message: str, **details: "Any") -> "Dict[str, Any]":
    """One thing that is not as it must be, as results and journals have it: {reason, message, details}."""
    return {"reason": reason, "message": message, "details": details}


def shorten(text: str) -> str:
    """A command's output in one line of 400 characters at most: its begin and its end."""
    text = " ".join(text.split())
    return text if len(text) <= 400 else text[:150] + " ... " + text[-250:]
