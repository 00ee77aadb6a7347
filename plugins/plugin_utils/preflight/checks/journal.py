# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run left on a node, by its journal. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import EVERY, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Finding, Findings, Journal
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

WHEN = EVERY

# Phases of a switch that only its own release finishes.
UNFINISHED = ("switching", "switched", "revert_blocked", "reverting")
# What this run does about a node, by its state.
RESUMES = {
    "interrupted": "this run follows it to its end, or reverts it when nothing works on it any more",
    "switched": "this run verifies and confirms it",
    "awaiting_finalize": "this run verifies it again, undoes its cordon, and stops and disables Docker",
}


def judge_journal(node: str, info: Facts) -> Findings:
    """What forbids to touch what an earlier run left."""
    journal = info.get("journal")
    if not journal:
        return
    unusable = _unusable(node, journal)
    if unusable:
        yield unusable
        return
    phase, run = journal.get("phase"), journal.get("run_id")
    if phase == "revert_failed":
        yield finding(
            BLOCKER,
            "CRI-JOURNAL-REVERT-FAILED",
            node,
            "an earlier run (%s) left the node with neither runtime: %s" % (run, journal.get("why")),
            "see `cri-switchover status` on the node, fix what it names, then `cri-switchover revert`",
            phase=phase,
            run_id=run,
            tool_version=journal.get("tool_version"),
        )
    elif phase in UNFINISHED and journal.get("tool_version") != VERSION:
        yield finding(
            BLOCKER,
            "CRI-JOURNAL-VERSION",
            node,
            "run %s of cri.switchover %s is %s here, this is %s" % (run, journal.get("tool_version"), phase, VERSION),
            "finish it with that release, or call `cri-switchover revert` on the node",
            seen=journal.get("tool_version"),
            wanted=VERSION,
            phase=phase,
            run_id=run,
        )
    held = journal.get("lock")
    if held:
        yield finding(
            BLOCKER,
            "CRI-JOURNAL-LOCKED",
            node,
            "%s works on this node right now" % held["owner"],
            "let that run end; if it is dead, its node lock expires in %d s" % held["seconds_left"],
            owner=held["owner"],
            seconds_left=held["seconds_left"],
        )


def _unusable(node: str, journal: Journal) -> Finding | None:
    """A journal that this release cannot read."""
    details: dict[str, Any] = {
        "phase": journal.get("phase"),
        "run_id": journal.get("run_id"),
        "tool_version": journal.get("tool_version"),
    }
    if journal.get("newer"):
        return finding(
            BLOCKER,
            "CRI-JOURNAL-NEWER",
            node,
            "a newer cri.switchover (%s) worked on this node" % journal.get("tool_version"),
            "use that release, or a later one",
            **details,
        )
    if journal.get("error"):
        return finding(
            BLOCKER,
            "CRI-JOURNAL-UNREADABLE",
            node,
            "the journal of an earlier run cannot be read: %s" % journal["error"],
            "check journal.json and plan.json in /var/lib/cri-switchover, and see CRI-JOURNAL-UNREADABLE in "
            "docs/operations.md: the unit cri-switchover-recover.service is removed first, the directory is moved "
            "aside last",
            **details,
        )
    return None


def judge_left(node: str, info: Facts, state: str, retry: bool) -> Findings:
    """What this run does about what an earlier one left. ``state``: of node_state(); ``retry``: switchover_retry."""
    journal = info.get("journal") or {}
    phase, run = journal.get("phase"), journal.get("run_id")
    if phase == "reverted" and state in ("reverted", "pending"):
        yield _reverted(node, journal, retry)
    elif phase == "revert_blocked":
        yield finding(
            WARNING,
            "CRI-JOURNAL-REVERT-BLOCKED",
            node,
            "DOCKER COULD RUN NO CONTAINER when run %s was to be reverted: the node stays on its target, cordoned"
            % run,
            "this run verifies the target and accepts it. To revert instead, fix Docker and call "
            "`cri-switchover revert` on the node before this run",
            phase=phase,
            run_id=run,
        )
    elif state in RESUMES:
        yield finding(
            NOTE,
            "CRI-JOURNAL-RESUMED",
            node,
            "an earlier run (%s of %s) left it %s" % (run, journal.get("owner"), phase),
            RESUMES[state],
            phase=phase,
            run_id=run,
        )


def _reverted(node: str, journal: Journal, retry: bool) -> Finding:
    why = journal.get("why")
    asked = journal.get("reason") == "CRI-CUTOVER-ASKED"
    return finding(
        NOTE if retry else WARNING,
        "CRI-JOURNAL-REVERTED",
        node,
        "an earlier run (%s) was reverted to Docker: %s" % (journal.get("run_id"), why or "no reason was written down"),
        "it is tried again, as switchover_retry says"
        if retry
        else "this run only verifies it there, and undoes its cordon. %s: switchover_retry: true"
        % ("To switch it again" if asked else "Fix the cause, then"),
        why=why,
        phase=journal.get("phase"),
        run_id=journal.get("run_id"),
    )


def check(case: Case) -> Findings:
    """What an earlier run left."""
    yield from judge_journal(case.host, case.info)
    yield from judge_left(case.host, case.info, case.state, case.settings.get("retry", False))
