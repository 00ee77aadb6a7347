# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of a transfer of images on a node: its time, its commands, its errors and its result.

Private to this collection: there is no promise that it stays as it is.
"""

import time

from ansible_collections.cri.switchover.plugins.module_utils._facts import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Sequence


class TransferError(Exception):
    """Images cannot be transferred. ``reason``: a token such as CRI-IMAGES-DISK; ``details``: the data to it."""

    def __init__(self, reason: str, message: str, **details: "Any") -> None:
        Exception.__init__(self, "%s: %s" % (reason, message))
        self.reason, self.details = reason, details


class Work:
    """One transfer: what it was asked, how long it may still take, and what it has done.

    ``params``: the parameters of the module image_transfer. In check mode nothing is changed.
    """

    def __init__(self, params: "Dict[str, Any]", check_mode: bool) -> None:
        self.params, self.check_mode = params, check_mode
        self.began = time.time()
        self.deadline = self.began + params["timeout"]
        self.result: "Dict[str, Any]" = {
            "transferred": [],
            "present": [],
            "pulled": [],
            "missing": [],
            "pinned": [],
            "bytes": 0,
        }
        self.warnings: "List[str]" = []

    def time_left(self) -> float:
        """Seconds until the deadline, 1 at least. Raises TransferError (CRI-IMAGES-TIMEOUT) once it has passed."""
        seconds = self.deadline - time.time()
        if seconds <= 0:
            raise TransferError(
                "CRI-IMAGES-TIMEOUT",
                "not done within %d s; what has arrived stays, run it again with a longer timeout"
                % self.params["timeout"],
                done=self.result["transferred"],
            )
        return max(1, seconds)

    def too_late(self, names: "Sequence[str]") -> TransferError:
        """The error of a copy that was ended because the time was over."""
        return TransferError(
            "CRI-IMAGES-TIMEOUT",
            "the transfer of %s was not done within %d s; what has arrived stays, run it again with a longer timeout"
            % (", ".join(names), self.params["timeout"]),
            images=names,
        )

    def command(self, argv: "List[str]", reason: str, may_fail: bool = False) -> str:
        """The output of a command. Raises TransferError with ``reason`` where it fails, unless it may."""
        try:
            code, output, errors = io.run(argv, self.time_left())
        except io.NodeError as error:
            raise TransferError(reason, str(error), command=argv) from None
        if code and not may_fail:
            raise TransferError(
                reason, "%s ended with %d: %s" % (" ".join(argv), code, errors.strip()[-400:]), command=argv
            )
        return output
