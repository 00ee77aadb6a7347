# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a run may send, in one process or in all of its forks."""

import fcntl
import mmap
import os
import tempfile
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, ContextManager, MutableSequence, Tuple

# The limits of one client are those of kubectl since 1.28. Drains of a fleet must leave the API server to others too.
QPS = 50
BURST = 100
# The limits of all forks of a run together, however many nodes a batch has.
RUN_QPS = 100
RUN_BURST = 200


class Bucket(object):
    """A token bucket: ``burst`` requests at once, then ``qps`` a second."""

    def __init__(self, qps: float = QPS, burst: float = BURST, clock: "Callable[[], float]" = time.monotonic) -> None:
        self._qps, self._burst, self._clock = qps, burst, clock
        self._lock, self._state = self._make()
        self._state[0], self._state[1] = float(burst), clock()

    def _make(self) -> "Tuple[ContextManager[Any], MutableSequence[float]]":
        """A lock, and two numbers to keep: the tokens, and the time at which they were counted."""
        return threading.Lock(), [0.0, 0.0]

    def reserve(self) -> float:
        """Take one token, and return the seconds to sleep before the request is sent."""
        with self._lock:
            now = self._clock()
            tokens = min(self._burst, self._state[0] + (now - self._state[1]) * self._qps) - 1
            self._state[0], self._state[1] = tokens, now
            return max(0.0, -tokens / self._qps)


class _ForkLock(object):
    """A lock between threads and forked processes. The kernel releases it for a process that is killed."""

    def __init__(self) -> None:
        # The file has no name any more, and lives for as long as a process has it open.
        self._file, path = tempfile.mkstemp()
        os.unlink(path)
        self._threads = threading.Lock()

    def __enter__(self) -> None:
        self._threads.acquire()
        fcntl.lockf(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_exc: object) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN)
        self._threads.release()


class SharedBucket(Bucket):
    """One limit for all processes that are forked from the one that made it.

    Linux has one monotonic clock for all processes, so they agree on the time.
    """

    def _make(self) -> "Tuple[ContextManager[Any], MutableSequence[float]]":
        return _ForkLock(), memoryview(mmap.mmap(-1, 16)).cast("d")  # type: ignore[return-value]
