# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=finalized: finalize a confirmed node, and check it once more after a while.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import time

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Outcome
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.window import Window
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import Heartbeat


def finalize(window: Window) -> Outcome:
    """Let the engine stop and disable Docker; then verify the node again, where that is asked for."""
    since: Heartbeat | None = None
    if window.args["verification"]:
        since = {"lease_renew": window.verifier.heartbeat()["lease_renew"]}
    answer = window.engine.command("finalize", "--run-id", window.args["run_id"])
    window.engine.refresh()
    outcome: Outcome = {"changed": bool(answer.get("changed"))}
    if since is None or not outcome["changed"]:
        return outcome
    seconds = time.monotonic() - window.began
    window.log("finalized after %.1f s, verifying the node once more" % seconds)
    time.sleep(max(0, window.args["recheck_delay"] - seconds))
    return dict(outcome, **window.verify(since, window.args["verification"]["version_prefix"]))
