# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works on this node from outside: one rollout at a time, by a file that is gone after a reboot.

It ends by itself a minute after the last sign of life. What runs on the node has a lock of its own: Store.lock().
"""

import fcntl
import json
import time

from .names import HOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from .node import Node

    # (reason, text, details)
    HoldRefusal = Optional[Tuple[str, str, Dict[str, Any]]]

# Seconds.
HOLD = 60


def refuse_hold(hold: "Optional[Dict[str, Any]]", token: "Optional[str]", now: float) -> "HoldRefusal":
    """Why the bearer of this token may not work here: (reason, text, details), or None. now: the monotonic clock."""
    if not hold or hold.get("token") == token or now >= hold["until"]:
        return None
    left = int(hold["until"] - now) + 1
    return (
        "CRI-CUTOVER-BUSY",
        "%s works on this node (rollout %s); without a sign of life it ends in %d s"
        % (hold["who"], hold["token"], left),
        {"held_by": hold["who"], "token": hold["token"], "seconds_left": left},
    )


def holding(node: "Node") -> "Optional[Dict[str, Any]]":
    """Who works here from outside, expired or not: {token, who, until}, or None."""
    try:
        return json.loads(node.read(HOLDER).decode("utf-8"))
    except (IOError, OSError, ValueError):
        return None


def take_hold(node: "Node", args: "Dict[str, Any]", seconds: float = HOLD) -> "HoldRefusal":
    """Take or renew it for the token in args; without a token only look. A refusal as refuse_hold() has it, or None.

    args: {force, token, who}
    """
    if args["force"]:
        return None
    with open(node.path(HOLDER), "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        refusal = refuse_hold(holding(node), args["token"], time.monotonic())
        if refusal or not args["token"]:
            return refusal
        hold = {"token": args["token"], "who": args["who"] or "unknown", "until": time.monotonic() + seconds}
        stream.truncate(0)
        stream.write(json.dumps(hold))
    return None
