# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow the journal on the node while the engine works: show its steps, and notice an engine that was interrupted.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import Journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import ENGINE_UNIT
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import Deadline
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Lost, Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import POLL_EVERY, NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Log

# Seconds after which a journal that does not change makes us ask whether the engine still runs.
SILENCE = 15

# Phases in which a revert has ended, and in which anything has.
REVERT_ENDS = ("reverted", "revert_blocked", "revert_failed")
ENDS = ("switched", "confirmed", "finalized") + REVERT_ENDS


class Follower:
    """Follows the journal of one node."""

    def __init__(self, engine: NodeEngine, deadline: Deadline, log: Log) -> None:
        self._engine, self._deadline, self._log = engine, deadline, log
        # Numbers of the steps that were shown.
        self._shown: set[int] = set()

    def follow(
        self, ends: Collection[str], on_kubelet_stopped: Callable[[], None] | None = None, more_than: int = -1
    ) -> None:
        """Poll until the journal has one of these phases; show each step that has ended.

        ``on_kubelet_stopped`` is called once kubelet is down. It ends only when the journal has more steps than
        ``more_than``. Raises Lost when the deadline is over, Refused when there is nothing to follow.
        """
        changed, last = time.monotonic(), None
        while True:
            journal = self._poll()
            if on_kubelet_stopped and journal["times"].get("kubelet_stopped"):
                on_kubelet_stopped()
                on_kubelet_stopped = None
            if journal["phase"] in ends and len(journal["steps"]) > more_than:
                return
            now = time.monotonic()
            state = (journal["phase"], len(journal["steps"]))
            if state != last:
                changed, last = now, state
                if journal.last_step().get("name") == "check_boot":
                    # The watchdog counts from the boot.
                    self._deadline.restart()
            # A machine that goes down for its reboot has no engine any more, and is not left alone.
            elif now - changed > SILENCE and not journal.going_down():
                changed = now
                if not self._engine.is_alive():
                    self._revert_interrupted(journal)
            if self._deadline.is_over():
                raise Lost("the node answers, but is still %s" % journal["phase"])
            time.sleep(POLL_EVERY)

    def _poll(self) -> Any:
        journal = self._engine.read_journal()
        if journal is None:
            raise Refused(
                "CRI-CUTOVER-UNSTAGED",
                "the journal is gone from the node: was `cri-switchover forget` called? "
                "Check which runtime kubelet uses",
            )
        self._engine.journal = journal
        self._show(journal)
        self._engine.renew_lock()
        return journal

    def _revert_interrupted(self, journal: Journal) -> None:
        """Ask the engine on the node to revert what an interrupted one left."""
        if journal["phase"] == "staged":
            raise Refused(
                "CRI-CUTOVER-ENGINE",
                "the engine ended before it began: see journalctl -u %s there" % ENGINE_UNIT,
            )
        self.start_revert(journal["run_id"], "CRI-CUTOVER-INTERRUPTED")

    def start_revert(self, run_id: str, reason: str) -> None:
        """Start the revert of a switch that was interrupted; it runs in a unit of its own."""
        phase = self._engine.journal["phase"] if self._engine.journal else "switching"
        self._log("the engine was interrupted in phase %s: reverting the node" % phase)
        self._engine.command("revert", "--run-id", run_id, "--reason", reason, "--detach", refusals=True)

    def revert(self, run_id: str, reason: str) -> None:
        """The same, and follow the revert to its end."""
        self.start_revert(run_id, reason)
        self.follow(REVERT_ENDS)

    def skip(self, journal: Journal | None) -> None:
        """Steps that this journal has already are history: they are not shown."""
        past = journal["steps"] if journal else []
        self._shown.update(number for number, step in enumerate(past) if step["outcome"])

    def _show(self, journal: Journal) -> None:
        for number, step in enumerate(journal["steps"]):
            if step["outcome"] and number not in self._shown:
                self._shown.add(number)
                self._log(
                    "%-22s %6.1f s  %s"
                    % (step["name"], step.get("seconds", 0), step["error"] or step.get("note") or step["outcome"])
                )
