# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How this program waits: between two polls, for several things at once, and no longer than a step may take."""

import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, List

# Seconds between two polls.
POLL = 0.2


def pause() -> None:
    """Until the next poll is due."""
    time.sleep(POLL)


class StepTime(object):
    """The time that the step being done may take. What waits within it asks here for the time left."""

    def __init__(self) -> None:
        self._end = 0.0

    def begin(self, seconds: float) -> None:
        """A step begins that may take so many seconds."""
        self._end = time.monotonic() + seconds

    def left(self, limit: float) -> float:
        """Seconds a wait may still take within its step: no more than the limit, one at least."""
        return max(min(limit, self._end - time.monotonic()), 1)

    def is_over(self) -> bool:
        """Has the step had its time?"""
        return time.monotonic() >= self._end


def in_parallel(function: "Callable[[Any], Any]", items: "Iterable[Any]", workers: int = 16) -> None:
    """function over items by several threads; the first exception is raised once all have ended."""
    pending, lock = list(items), threading.Lock()
    errors: "List[Exception]" = []

    def work() -> None:
        while True:
            with lock:
                if not pending:
                    return
                item = pending.pop(0)
            try:
                function(item)
            except Exception as exc:
                errors.append(exc)

    threads = [threading.Thread(target=work) for _unused in range(min(workers, len(pending)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
