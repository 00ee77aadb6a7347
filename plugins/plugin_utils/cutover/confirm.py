# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=confirmed: start the engine, or attach to it, follow it, verify the node by the API, and confirm it.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Outcome, Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.follow import ENDS
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.window import Window
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.rows.node import VERIFY_MARGIN
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import Heartbeat


def confirm(window: Window) -> Outcome:
    """Take the node through its window. Raises Refused and Lost."""
    _require_enough_watchdog(window)
    # Whatever could be wrong on this side shows before the node is touched.
    window.verifier.require_gates()
    window.verifier.heartbeat()
    window.verifier.require_cordoned()
    # Read before the window, for the module that runs in it.
    window.engine.plan()
    window.restart_clock()
    answer = window.engine.command("start", "--run-id", window.args["run_id"], refusals=True)
    if answer.get("reason") == "CRI-CUTOVER-INTERRUPTED":
        window.follower.revert(window.args["run_id"], answer["reason"])
        return window.failed_on_node()
    window.engine.raise_if_refused(answer)
    if answer.get("attached"):
        window.log("attached to a run that is %s" % answer["phase"])
    since = _follow_to_switched(window, late=bool(answer.get("attached")) and answer["phase"] != "staged")
    if window.phase in ("confirmed", "finalized"):
        return dict(window.measured(), changed=False)
    if window.phase != "switched":
        return window.failed_on_node()
    return window.verify_and_confirm(since)


def _require_enough_watchdog(window: Window) -> None:
    watchdog, timeout = window.args["watchdog"], window.args["verification"]["timeout"]
    if watchdog < timeout + VERIFY_MARGIN:
        raise Refused(
            "CRI-CUTOVER-WATCHDOG-SHORT",
            "the watchdog (%d s) must exceed the timeout of the verification (%d s) by %d s"
            % (watchdog, timeout, VERIFY_MARGIN),
            watchdog=watchdog,
            timeout=timeout,
        )


def _follow_to_switched(window: Window, late: bool) -> Heartbeat:
    """The heartbeat while kubelet is down: the last one of the old runtime. ``late``: attached after the start."""
    since: Heartbeat = {}

    def keep_heartbeat() -> None:
        heartbeat = window.verifier.heartbeat_if_known()
        if late or window.engine.journal["times"].get("kubelet_started"):
            # kubelet may have posted its status already, and the next one comes only minutes later.
            heartbeat.pop("heartbeat", None)
        since.update(heartbeat)

    window.follower.follow(ENDS, keep_heartbeat)
    return since
