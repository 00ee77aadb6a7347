# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=revertible and state=reverted: can the node be reverted, and revert it; then verify it on Docker.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import DOCKER_PREFIX
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Outcome, Refused, texts
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.follow import REVERT_ENDS
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.window import Window
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import Heartbeat


def require_revertible(window: Window) -> Outcome:
    """Ask the engine what speaks against a revert. Raises Refused with all of it."""
    answer = window.engine.command("can-revert", "--run-id", window.args["run_id"], *_drift(window))
    window.engine.refresh()
    if not answer["ok"]:
        first = answer["blockers"][0]
        raise Refused(first["reason"], texts(answer["blockers"]), blockers=answer["blockers"])
    return {"changed": False}


def revert(window: Window) -> Outcome:
    """Revert the node, unless it is reverted already, and verify it on Docker, where that is asked for."""
    args, engine = window.args, window.engine
    journal = engine.read_journal()
    there = journal is not None and journal["run_id"] == args["run_id"] and journal["phase"] in ("reverted", "staged")
    if there:
        engine.journal = journal
    else:
        # The switch is history. What the operator waits for is the revert.
        window.follower.skip(journal)
        words = ("--run-id", args["run_id"], "--reason", args["reason"], "--detach")
        engine.command("revert", *words, *_drift(window))
        # Until the unit has begun, the journal still shows what was before.
        window.follower.follow(REVERT_ENDS, more_than=len(journal["steps"]) if journal else 0)
    since = _lease_now(window)
    if window.phase != "reverted" and not there:
        return window.failed_on_node()
    outcome: Outcome = {"changed": not there}
    return dict(outcome, **window.verify(since, DOCKER_PREFIX)) if args["verification"] else outcome


def _lease_now(window: Window) -> Heartbeat:
    """The Lease as it is after the revert, where a verification is asked for: it must change from now on."""
    asked = window.args["verification"]
    return {"lease_renew": window.verifier.heartbeat_if_known().get("lease_renew") if asked else None}


def _drift(window: Window) -> list[str]:
    return ["--allow-drift"] if window.args["allow_drift"] else []
