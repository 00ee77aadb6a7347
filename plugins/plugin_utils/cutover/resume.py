# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=resumed: what an earlier run left is followed to its end, then verified on whichever runtime it is.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import Journal
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import DOCKER_PREFIX
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Outcome, Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.follow import ENDS
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.window import Window
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import Heartbeat
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION


def resume(window: Window) -> Outcome:
    """Resume an earlier run's switch or revert on this node. Raises Refused and Lost."""
    window.verifier.require_gates()
    window.verifier.heartbeat()
    window.engine.command("lock")
    journal = _read_own_journal(window)
    if journal["phase"] in ("switching", "reverting"):
        window.log("an earlier run's switch is %s here: following it" % journal["phase"])
        if not window.engine.is_alive():
            window.follower.revert(window.args["run_id"], "CRI-CUTOVER-INTERRUPTED")
        window.follower.follow(ENDS)
    left = window.engine.command("lock").get("watchdog_left")
    if left is not None:
        window.deadline.restart(left)
    # Now, not while kubelet was down: whatever comes next is of the runtime that runs now.
    since: Heartbeat = {"lease_renew": window.verifier.heartbeat_if_known().get("lease_renew")}
    if window.phase in ("switched", "revert_blocked"):
        return window.verify_and_confirm(since)
    if window.phase == "revert_failed":
        return window.failed_on_node()
    return _verify_where_it_is(window, since, changed=window.phase != journal["phase"])


def _verify_where_it_is(window: Window, since: Heartbeat, changed: bool) -> Outcome:
    on_target = window.phase in ("confirmed", "finalized")
    outcome = window.verify(since, window.args["verification"]["version_prefix"] if on_target else DOCKER_PREFIX)
    if outcome.get("failed"):
        return outcome
    if window.phase == "reverted":
        outcome["why"] = window.engine.journal["error"]
    return dict(outcome, changed=changed)


def _read_own_journal(window: Window) -> Journal:
    """The journal, which must be of this run, and of this version while something is under way."""
    run_id = window.args["run_id"]
    journal = window.engine.refresh()
    if journal is None or journal["run_id"] != run_id:
        raise Refused("CRI-RESUME-RUN", "the journal is not of run %s any more: run again" % run_id)
    if journal["tool_version"] != VERSION and journal["phase"] in ("switching", "switched", "reverting"):
        raise Refused(
            "CRI-JOURNAL-VERSION",
            "the switch was begun by cri.switchover %s, this is %s: finish it with "
            "that one, or call `cri-switchover revert` on the node" % (journal["tool_version"], VERSION),
            seen=journal["tool_version"],
            wanted=VERSION,
        )
    return journal
