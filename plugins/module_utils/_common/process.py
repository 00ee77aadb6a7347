# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which process runs a playbook, written so that another process on the same machine can see whether it still runs.

Private to this collection: there is no promise that it stays as it is.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

_BOOT_ID, _NAMESPACE = "/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"


def _started(pid: int) -> "Optional[str]":
    """When a process began, in ticks since the boot; None when nothing can be read of it.

    Empty when it has ended and its parent has not noticed yet.
    """
    try:
        with open("/proc/%d/stat" % pid) as stream:
            # Its second word is the program's name, which may hold anything.
            words = stream.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return "" if words[0] in ("Z", "X") else words[19]


def _machine() -> str:
    """This boot of this machine, and the namespace of process ids in it."""
    with open(_BOOT_ID) as stream:
        return "%s/%s" % (stream.read().strip(), os.readlink(_NAMESPACE))


def identity(pid: int) -> str:
    """A process by machine, id and beginning, for has_ended(); empty where there is no /proc."""
    try:
        started = _started(pid)
        return "%s/%d/%s" % (_machine(), pid, started) if started else ""
    except OSError:
        return ""


def has_ended(identified: "Optional[str]") -> bool:
    """Whether the process of an identity() is known to have ended. Of one on another machine this is never known."""
    machine, pid, started = (str(identified or "").rsplit("/", 2) + ["", ""])[:3]
    try:
        if not pid.isdigit() or machine != _machine():
            return False
    except OSError:
        return False
    now = _started(int(pid))
    return now != started if now is not None else not _is_there(int(pid))


def _is_there(pid: int) -> bool:
    """/proc may hide the processes of others."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
