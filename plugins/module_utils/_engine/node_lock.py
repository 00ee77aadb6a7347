# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works on this node from outside: one rollout at a time, by a file that is gone after a reboot.

It ends by itself a minute after the last sign of life. What runs on the node has a lock of its own: Store.lock().
"""

import fcntl
import json
import time

from .names import NODE_LOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from .node import Node

    # (reason, text, details)
    LockRefusal = Optional[Tuple[str, str, Dict[str, Any]]]

# Seconds.
LOCK_SECONDS = 60


def refuse_node_lock(lock: "Optional[Dict[str, Any]]", by_run: "Optional[str]", now: float) -> "LockRefusal":
    """Why this rollout may not work here: (reason, text, details), or None. now: the monotonic clock, in seconds."""
    if not lock or lock.get("run_id") == by_run or now >= lock["until"]:
        return None
    left = int(lock["until"] - now) + 1
    return (
        "CRI-CUTOVER-BUSY",
        "%s works on this node (run %s); the node lock expires in %d s unless it is renewed"
        % (lock["owner"], lock["run_id"], left),
        {"held_by": lock["owner"], "run_id": lock["run_id"], "seconds_left": left},
    )


def read_node_lock(node: "Node") -> "Optional[Dict[str, Any]]":
    """Who works here from outside, expired or not: {run_id, owner, until}, or None."""
    try:
        return json.loads(node.read(NODE_LOCK).decode("utf-8"))
    except (IOError, OSError, ValueError):
        return None


def take_node_lock(node: "Node", args: "Dict[str, Any]", seconds: float = LOCK_SECONDS) -> "LockRefusal":
    """Take or renew the lock for the rollout in args; without one only read it. A refusal, or None.

    args: {force, by_run, owner}
    """
    if args["force"]:
        return None
    with open(node.path(NODE_LOCK), "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        refusal = refuse_node_lock(read_node_lock(node), args["by_run"], time.monotonic())
        if refusal or not args["by_run"]:
            return refusal
        lock = {"run_id": args["by_run"], "owner": args["owner"] or "unknown", "until": time.monotonic() + seconds}
        stream.truncate(0)
        stream.write(json.dumps(lock))
    return None
