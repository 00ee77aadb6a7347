"""The processes of a run, all of them: since ansible-core 2.19 its workers are in sessions of their own.

A killed process group therefore leaves a worker that goes on with its task, verifies and confirms. A controller that is
gone has no such hands left, so that a test of one finds them by a variable that all of them inherit.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path


def carrying(variable: str) -> list[int]:
    """Ids of live processes with this `NAME=value` in their environment; ourselves never."""
    wanted, found = variable.encode(), []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):  # gone meanwhile, or not ours
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def kill_carrying(variable: str, patience: float = 30) -> None:
    """SIGKILL to each, again and again until none is left: one may have begun another in between."""
    deadline = time.monotonic() + patience
    left = carrying(variable)
    while left:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert time.monotonic() < deadline, f"processes of the run do not end within {patience:.0f} s: {left}"
        time.sleep(0.02)
        left = carrying(variable)
