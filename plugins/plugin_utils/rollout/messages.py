# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a rollout stops, or how it ended, in one sentence for the operator. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.progress import Progress


def unprepared(progress: Progress, goal: str) -> str:
    """Before any window: which nodes are not prepared. Empty when all are. ``goal``: switch or revert."""
    names = ", ".join(progress["unprepared"])
    if not names:
        return ""
    if goal == "revert":
        return (
            "CRI-REVERT-INCOMPLETE: cannot be reverted: %s. No node was drained. Fix the errors above, then run again, "
            "or name only the other nodes in switchover_only." % names
        )
    return "CRI-STAGE-INCOMPLETE: not staged: %s. No node was drained. Fix the errors above, then run again." % names


def after_batch(progress: Progress, max_failures: int) -> str:
    """After a batch: why no further one starts. Empty when the rollout may continue."""
    failed = _failed(progress)
    if len(failed) <= max_failures:
        return ""
    return "CRI-GATE: the rollout stops here. Failed: %s. %s" % (", ".join(failed), _rest(progress))


def at_end(progress: Progress, goal: str) -> str:
    """At the end of a run: which nodes are not where they should be. Empty when all are."""
    failed = _failed(progress)
    # A run that reverts wants nodes on Docker.
    reverted = progress["reverted"] if goal == "switch" else {}
    parts = []
    if failed:
        parts.append("Failed, as many as switchover_max_failures allows: %s. %s" % (", ".join(failed), _rest(progress)))
    if reverted:
        parts.append(
            "An earlier run reverted these nodes to Docker. They are verified there, and were not tried again: %s. Fix "
            "the reasons, then run again with switchover_retry: true." % _reasons(reverted)
        )
    token = "CRI-REVERT-INCOMPLETE" if goal == "revert" else "CRI-SWITCH-INCOMPLETE"
    return "%s: %s" % (token, " ".join(parts)) if parts else ""


def _failed(progress: Progress) -> list[str]:
    return [*progress["lost"], *progress["failed"]]


def _rest(progress: Progress) -> str:
    seen = "; ".join("%s: %s" % item for item in sorted(progress["last_seen"].items()))
    return "Not started: %s. %sThe next run resumes from here." % (
        ", ".join(progress["waiting"]) or "none",
        "Last seen: %s. " % seen if seen else "",
    )


def _reasons(reverted: Mapping[str, str]) -> str:
    return ", ".join("%s (%s)" % item for item in reverted.items())
