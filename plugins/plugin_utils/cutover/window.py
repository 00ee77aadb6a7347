# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the states of a task of the action cutover share: the node, the API, and how a verified node is confirmed.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover import failures
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import Deadline
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Outcome
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.follow import ENDS, REVERT_ENDS, Follower
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.health import HealthCheck
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.verifier import Verifier
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Log, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import Heartbeat


class Window:
    """One node in a task of the action cutover. ``args``: the action's options."""

    def __init__(
        self,
        host: str,
        args: dict[str, Any],
        engine: NodeEngine,
        follower: Follower,
        health: HealthCheck,
        verifier: Verifier,
        deadline: Deadline,
        log: Log,
    ) -> None:
        self.host, self.args, self.log, self.deadline = host, args, log, deadline
        self.engine, self.follower, self.health, self.verifier = engine, follower, health, verifier
        self.began = time.monotonic()

    def restart_clock(self) -> None:
        """Measure the window from now on."""
        self.began = time.monotonic()

    @property
    def phase(self) -> str:
        """The phase of the journal as it was read last."""
        return self.engine.journal["phase"]

    def verify_and_confirm(self, since: Heartbeat) -> Outcome:
        """Verify the node on its target, and confirm it; revert it when it is not verified."""
        outcome, unmet = self._verify_runtime_and_node(since, self.args["verification"]["version_prefix"])
        if unmet:
            return dict(outcome, **self._revert_unverified(unmet))
        answer = self.engine.command("confirm", "--run-id", self.args["run_id"], refusals=True)
        if answer.get("refused") or answer.get("failed"):
            # The watchdog was faster, or the machine restarted.
            self.follower.follow(ENDS[1:])
            if self.phase not in ("confirmed", "finalized"):
                return dict(outcome, **self.failed_on_node(answer))
        self.engine.journal = self.engine.read_journal() or self.engine.journal
        self.log("confirmed after %.1f s" % (time.monotonic() - self.began))
        return dict(outcome, changed=True, **self.measured())

    def _verify_runtime_and_node(self, since: Heartbeat, prefix: str) -> tuple[Outcome, list[Unmet]]:
        """(what was found, what is unmet): the runtime on the node first, then the node by the API."""
        health = self.health.check(prefix)
        outcome: Outcome = {"health": health.report}
        if health.unmet:
            return outcome, health.unmet
        found, unmet = self.verifier.verify(since, prefix, health.sources)
        return dict(outcome, **found), unmet

    def verify(self, since: Heartbeat, prefix: str) -> Outcome:
        """Verify the node where it is, by the API: the outcome, which has failed when it is not verified."""
        outcome, unmet = self.verifier.verify(since, prefix)
        return dict(outcome, **failures.failed_verification(self.host, unmet)) if unmet else outcome

    def _revert_unverified(self, unmet: list[Unmet]) -> Outcome:
        """Revert the node, and stay with it until that has ended."""
        self.log("not verified: %s" % failures.texts(unmet))
        reason = unmet[0]["reason"]
        self.engine.command("revert", "--run-id", self.args["run_id"], "--reason", reason, "--detach", refusals=True)
        self.follower.follow(REVERT_ENDS)
        outcome = failures.failed_verification(self.host, unmet)
        outcome["msg"] += " The node is %s." % self.phase
        return outcome

    def failed_on_node(self, answer: dict[str, Any] | None = None) -> Outcome:
        """The outcome where the engine failed or reverted."""
        return failures.failed_on_node(self.host, self.engine.journal, answer)

    def measured(self) -> Outcome:
        """Seconds, for the outcome."""
        times = self.engine.journal["times"]
        return {
            "times": {
                "window": round(time.monotonic() - self.began, 1),
                "kubelet_down_s": times.get("kubelet_down_s"),
                "engine_s": self.engine.journal["engine_seconds"],
            }
        }
