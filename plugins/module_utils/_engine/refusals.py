# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why something may not be done on a node now: out of journal and plan, without reading the node.

Each returns None where nothing speaks against it, or (reason, text); reason is the stable token.
"""

from .errors import unmet_entry
from .journal import ACCEPTED, AT_REST, SCHEMA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence, Tuple

    from .journal import Journal

    Refusal = Optional[Tuple[str, str]]

# The phases in which a run is over, and what a start of it is refused with.
OVER = {
    "reverted": "CRI-CUTOVER-REVERTED",
    "revert_blocked": "CRI-CUTOVER-REVERT-BLOCKED",
    "revert_failed": "CRI-CUTOVER-REVERT-FAILED",
}


def refuse_start(journal: "Optional[Journal]", plan: "Optional[Dict[str, Any]]", run_id: str) -> "Refusal":
    """Why this run may not begin here: (reason, text), or None."""
    if plan is None or journal is None:
        return "CRI-CUTOVER-UNSTAGED", "nothing is staged on this node: run cutover with state=staged first"
    if journal.get("schema", 0) > SCHEMA or plan.get("schema", 0) > SCHEMA:
        return "CRI-JOURNAL-NEWER", "journal or plan come from a newer tool (%s)" % journal.get("tool_version")
    if journal["run_id"] != run_id:
        return (
            "CRI-CUTOVER-BUSY",
            "the node belongs to run %s of %s, which is %s" % (journal["run_id"], journal["owner"], journal["phase"]),
        )
    if plan["run_id"] != run_id:
        return "CRI-CUTOVER-UNSTAGED", "the staged plan is of run %s" % plan["run_id"]
    if journal["phase"] in OVER:
        return OVER[journal["phase"]], "this run is over: %s" % journal["error"]
    return None


def refuse_staging(journal: "Optional[Journal]", plan: "Dict[str, Any]") -> "Refusal":
    """Why a plan may not be staged over this journal: (reason, text), or None."""
    if journal is None:
        return None
    if journal.get("schema", 0) > SCHEMA:
        return "CRI-JOURNAL-NEWER", "the journal comes from a newer tool (%s)" % journal.get("tool_version")
    if journal["phase"] not in AT_REST:
        return (
            "CRI-CUTOVER-UNFINISHED",
            "run %s of %s is %s here: let it end, or revert it"
            % (journal["run_id"], journal["owner"], journal["phase"]),
        )
    return None


def refuse_confirm(journal: "Optional[Journal]", run_id: str, boot_id: str, now: float) -> "Refusal":
    """Why this run may not be confirmed. now: the monotonic clock, which no one can set."""
    if journal is None or journal["run_id"] != run_id:
        return "CRI-CONFIRM-RUN", "the journal is not of run %s" % run_id
    if journal["phase"] in ("reverting", "reverted", "revert_failed"):
        return "CRI-CONFIRM-LATE", "the node is already %s: %s" % (journal["phase"], journal["error"])
    if journal["phase"] == "revert_blocked":
        return None
    if journal["phase"] != "switched":
        return "CRI-CONFIRM-PHASE", "the node is %s, not switched" % journal["phase"]
    if journal["boot_id"] != boot_id or now >= journal["deadline"]:
        return "CRI-CONFIRM-LATE", "the watchdog's time is over"
    return None


def refuse_revert(
    journal: "Optional[Journal]", run_id: "Optional[str]", drift: "Sequence[Dict[str, Any]]" = ()
) -> "List[Dict[str, Any]]":
    """Why an operator may not revert this node: [{reason, text, details}]. Its own watchdog is never refused.

    drift: files that were changed since the switch wrote them, as live_files.drifted() returns them.
    """
    if journal is None or (run_id and journal["run_id"] != run_id):
        return [
            unmet_entry(
                "CRI-REVERT-RUN",
                "the journal is %s" % ("missing" if journal is None else "of run %s" % journal["run_id"]),
                wanted=run_id,
            )
        ]
    if journal.get("schema", 0) > SCHEMA:
        text = "the journal comes from a newer tool (%s)" % journal.get("tool_version")
        return [unmet_entry("CRI-JOURNAL-NEWER", text)]
    found = []
    if journal["phase"] in ACCEPTED and drift:
        found.append(
            unmet_entry(
                "CRI-REVERT-DRIFT",
                "changed since the switch wrote it: %s" % ", ".join(item["path"] for item in drift),
                files=list(drift),
            )
        )
    return found


def refused(reason: str, text: str, **details: "Any") -> "Tuple[int, Dict[str, Any]]":
    """(exit code, answer) of a command that is refused."""
    return 2, {"refused": True, "reason": reason, "error": "%s: %s" % (reason, text), "details": details}
