# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan and journal on the disk, the lock that all parts of this program share, and the space kept for a revert."""

import contextlib
import errno
import fcntl
import json
import time

from .errors import Failure
from .journal import Journal
from .names import FACT, RESERVE, RESERVE_BYTES, STATE
from .waiting import pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, Optional, Tuple

    from .node import Node


class Store(object):
    """Plan and journal on the disk."""

    def __init__(self, node: "Node") -> None:
        self.node = node

    def load(self, name: str) -> "Optional[Dict[str, Any]]":
        """A JSON file below STATE; None: there is none. Failure where it cannot be read as JSON."""
        try:
            return json.loads(self.node.read("%s/%s" % (STATE, name)).decode("utf-8"))
        except ValueError as exc:
            raise Failure("CRI-JOURNAL-UNREADABLE", "%s/%s is not readable: %s" % (STATE, name, exc)) from exc
        except (IOError, OSError) as exc:
            if exc.errno == errno.ENOENT:
                return None
            raise

    def journal(self) -> "Optional[Journal]":
        """The journal; None: nothing was ever staged here."""
        read = self.load("journal.json")
        return None if read is None else Journal(read)

    def plan(self) -> "Optional[Dict[str, Any]]":
        """The plan that was staged last."""
        return self.load("plan.json")

    def begun(self) -> "Tuple[Journal, Dict[str, Any]]":
        """Journal and plan, where both were there a moment ago; Failure where one is gone."""
        return both(self.journal(), self.plan())

    def save(self, name: str, value: "Dict[str, Any]") -> None:
        """Replace a JSON file below STATE, synced."""
        self.node.write("%s/%s" % (STATE, name), json.dumps(value, indent=1, sort_keys=True).encode("utf-8"))

    @contextlib.contextmanager
    def lock(self, wait: float = 0) -> "Iterator[None]":
        """One at a time: engine, watchdog, confirm, recovery. Failure where it is not free after so many seconds."""
        end = time.monotonic() + wait
        with open(self.node.path(STATE + "/lock"), "a") as stream:
            while True:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except (IOError, OSError) as exc:
                    if time.monotonic() >= end:
                        raise Failure(
                            "CRI-CUTOVER-LOCKED", "another part of the switch is at work on this node"
                        ) from exc
                    pause()
            yield

    def reserve(self) -> None:
        """Space that is there now must be there for the revert. Failure: there is none."""
        try:
            self.node.write(RESERVE, b"\0" * RESERVE_BYTES)
        except (IOError, OSError) as exc:
            self.node.remove(RESERVE)
            raise Failure(
                "CRI-CUTOVER-DISK-FULL",
                "no space for before-images and journal in %s: %s" % (STATE, exc.strerror),
                path=STATE,
            ) from exc

    def publish(self, journal: "Dict[str, Any]") -> None:
        """The local fact: a summary that everybody may read."""
        keys = ("schema", "tool_version", "run_id", "node_name", "phase", "from", "to", "config_digest", "reason")
        summary = json.dumps(dict((key, journal[key]) for key in keys), indent=1, sort_keys=True)
        self.node.write(FACT, summary.encode("utf-8"), mode=0o644)


def both(journal: "Optional[Journal]", plan: "Optional[Dict[str, Any]]") -> "Tuple[Journal, Dict[str, Any]]":
    """Journal and plan, for who has seen that they are there; Failure where one is not."""
    if journal is None or plan is None:
        raise Failure("CRI-CUTOVER-UNSTAGED", "there is no journal, or no plan, in %s" % STATE, path=STATE)
    return journal, plan
