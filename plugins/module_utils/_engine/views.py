# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is reported of a journal: as data for the action and for tools, and as human-readable text."""

from .names import STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Optional

SHOWN = (
    "schema",
    "phase",
    "steps",
    "run_id",
    "owner",
    "node_name",
    "from",
    "to",
    "config_digest",
    "settings",
    "reason",
    "details",
    "error",
    "times",
    "engine_seconds",
    "handlers",
)
# Of the phases in which nothing is under way.
OUTCOMES = {
    "switched": "ok",
    "confirmed": "ok",
    "finalized": "ok",
    "revert_blocked": "failed",
    "reverted": "failed",
    "revert_failed": "failed",
}


def view(journal: "Optional[Mapping[str, Any]]") -> "Dict[str, Any]":
    """What status shows to tools and to the action."""
    if journal is None:
        return {"phase": None, "step": None, "steps": [], "run_id": None, "outcome": None}
    running = [step["name"] for step in journal["steps"] if step["outcome"] is None]
    shown = dict((key, journal.get(key)) for key in SHOWN)
    shown["step"] = running[-1] if running else None
    shown["outcome"] = OUTCOMES.get(journal["phase"])
    return shown


def human_readable(journal: "Optional[Mapping[str, Any]]") -> str:
    """What status shows at a terminal: each step, the reason, and what comes next."""
    if journal is None:
        return "There is no journal: nothing was staged on this node."
    lines = ["%(node_name)s: %(phase)s (run %(run_id)s of %(owner)s, cri.switchover %(tool_version)s)" % journal]
    for step in journal["steps"]:
        mark = {"ok": "ok", "failed": "FAILED", None: "..."}[step["outcome"]]
        lines.append(
            "  %-24s %-6s %6s s  %s"
            % (step["name"], mark, step.get("seconds", ""), step["error"] or step.get("note", ""))
        )
    if journal["error"]:
        lines.append("Reason: %s" % journal["error"])
    return "\n".join(lines + [hint(journal["phase"], journal["run_id"])])


def hint(phase: str, run_id: str) -> str:
    """What a phase means for the operator, and what to do."""
    return {
        "staged": "The switch is prepared. Nothing has changed yet.",
        "switching": "The switch is running, or it was interrupted. "
        "The watchdog or the next boot reverts an interrupted switch.",
        "switched": "The node is on the new runtime, but not confirmed. "
        "The watchdog reverts it if no confirmation comes.",
        "confirmed": "The node is on the new runtime, and confirmed. Docker still runs.",
        "finalized": "The node is on the new runtime, and finalized.",
        "reverting": "The revert to Docker is running.",
        "reverted": "The node is back on Docker, as before. If no playbook followed the revert, it is still cordoned. "
        "The next run returns it to service.",
        "revert_blocked": "Docker CANNOT run containers any more. The node is still on the new runtime, which works. "
        "If it was cordoned, it stays cordoned. Fix Docker and call 'cri-switchover revert'. "
        "Or run the playbook again: it verifies and accepts the new runtime.",
        "revert_failed": "The revert FAILED. There may be NO working runtime. Read the error of the failed step. "
        "'cri-switchover revert' tries again, and so does each boot. kubelet does not start before a revert succeeds. "
        "The node's earlier files are in %s/before/%s." % (STATE, run_id),
    }[phase]
