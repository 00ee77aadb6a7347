# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until the volumes of the pods that left are detached from the node."""

import time

from ansible_collections.cri.switchover.plugins.module_utils._drain import failures, messages, timing
from ansible_collections.cri.switchover.plugins.module_utils._drain.trouble import ApiTrouble
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.volumes import Volumes


class VolumeWait(object):
    """``note`` gets sentences for the result, ``progress`` one line now and then. ``timeout`` is for messages only."""

    def __init__(
        self,
        volumes: "Volumes",
        timeout: int,
        note: "Callable[[str], None]",
        progress: "Callable[[str], None]",
        progress_at: float,
    ) -> None:
        self.volumes, self.timeout = volumes, timeout
        self.note, self.progress, self.progress_at = note, progress, progress_at
        self.trouble = ApiTrouble()

    def run(self, deadline: float) -> "Optional[float]":
        """Poll until nothing is attached any more, and return the seconds; None when there is nothing to wait for.

        Raises DrainError and KubeError at the deadline.
        """
        began = time.monotonic()
        left: "Optional[List[str]]" = None
        while True:
            now = time.monotonic()
            try:
                left = self.volumes.left()
                self.trouble.clear()
            except KubeError as exc:
                if exc.status == 403:
                    self.note("no right to read VolumeAttachments: they are not waited for")
                    return None
                self.trouble.note(exc, now)
            if not left and not self.trouble.error:
                return None if left is None else round(now - began, 1)
            if now >= deadline:
                raise self._late(now, left or [])
            self._report(now, deadline, left or [])
            time.sleep(min(timing.POLL_EVERY, max(0.0, deadline - now)))

    def _late(self, now: float, left: "List[str]") -> Exception:
        still = "VolumeAttachments: %s" % ", ".join(left) if left else ""
        trouble = self.trouble.at_deadline(now, still)
        return trouble or failures.volumes_late(self.volumes.node_name, self.timeout, left)

    def _report(self, now: float, deadline: float, left: "List[str]") -> None:
        if now >= self.progress_at and left:
            self.progress_at = now + timing.PROGRESS_EVERY
            self.progress(messages.waiting_for_volumes(left, deadline - now))
