# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: the one truth about a node whose runtime is being changed. Phases, steps, and what follows from them."""

from .errors import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

# Of journal and plan.
SCHEMA = 1

# {phase: those that may follow}
PHASES = {
    "staged": ("switching",),
    "switching": ("switched", "reverting"),
    "switched": ("confirmed", "reverting"),
    "confirmed": ("finalized", "reverting"),
    "finalized": ("reverting",),
    "reverting": ("reverting", "reverted", "revert_blocked", "revert_failed"),
    # Docker could run nothing, the target can: still there, not accepted.
    "revert_blocked": ("confirmed", "reverting"),
    "revert_failed": ("reverting",),
    "reverted": (),
}
# It has been on its target for a while: others may have changed what the switch has made.
ACCEPTED = ("confirmed", "finalized", "revert_blocked")
# A new plan may be staged over these.
AT_REST = ("staged", "confirmed", "finalized", "reverted")
# The watchdog, and the recovery at boot, revert a node from these.
UNDER_WATCH = ("switching", "switched", "reverting")


class Journal(dict):
    """A journal as it is written: a JSON document, with the rules of its phases and steps.

    Its keys are those of new_journal(). A step: {name, started, ended, seconds, outcome: ok|failed, error, note};
    without an outcome it is being done, or was interrupted.
    """

    def move(self, phase: str) -> None:
        """Into another phase; Failure where that may not follow."""
        if phase not in PHASES[self["phase"]]:
            raise Failure(
                "CRI-CUTOVER-PHASE",
                "a node that is %s cannot become %s" % (self["phase"], phase),
                seen=self["phase"],
                wanted=phase,
            )
        # A revert that is tried again still began in the first phase.
        if phase == "reverting" and self["phase"] not in ("reverting", "revert_failed"):
            self["came_from"] = self["phase"]
        self["phase"] = phase

    def begin(self, name: str, now: float) -> None:
        """A step begins. now: seconds since the epoch."""
        self["steps"].append({"name": name, "started": round(now, 3), "ended": None, "outcome": None, "error": None})

    def finish(self, seconds: float, error: "Optional[str]" = None, note: "Optional[str]" = None) -> None:
        """The last step has ended after so many seconds: well, with a human-readable note, or with an error."""
        step = self["steps"][-1]
        step["ended"] = round(step["started"] + seconds, 3)
        step["seconds"] = round(seconds, 3)
        step["outcome"] = "failed" if error else "ok"
        step["error"] = error
        if note:
            step["note"] = note

    def begun(self) -> "List[str]":
        """Names of all steps that have begun, in their order, those of each try."""
        return [step["name"] for step in self["steps"]]

    def ended_well(self, name: str) -> bool:
        """Has this step ended well, in any try?"""
        return any(step["name"] == name and step["outcome"] == "ok" for step in self["steps"])

    def last_step(self) -> "Dict[str, Any]":
        """The step that began last; {}: none has."""
        return self["steps"][-1] if self["steps"] else {}

    def going_down(self) -> bool:
        """Has the reboot that is part of its way been asked for, and not been seen to end?"""
        last = self.last_step()
        return last.get("name") == "reboot" and last["outcome"] is None

    def awaits_boot(self, boot_id: str) -> bool:
        """Is this the boot that a switch asked for, and nobody has seen yet?"""
        return self["phase"] == "switching" and self.going_down() and self["boot_id"] != boot_id

    def has_booted(self) -> bool:
        """Was the reboot that is part of its way the last that happened?"""
        last = self.last_step()
        return last.get("name") == "reboot" and last["outcome"] == "ok"

    def record_failure(self, reason: str, error: str, details: "Optional[Dict[str, Any]]" = None) -> None:
        """Write down what failed: the token, the sentence that begins with it, the details."""
        self.update(reason=reason, error=error, details=details or {})

    def record_exception(self, exc: Exception) -> None:
        """As record_failure(), of anything that was raised."""
        self.record_failure(getattr(exc, "reason", "CRI-CUTOVER-ERROR"), str(exc), getattr(exc, "details", {}))

    def record_interruption(self, reason: str, how: str) -> None:
        """Write down why a switch ended in the middle, unless it has recorded that itself."""
        if self["phase"] == "switching" or not self["error"]:
            self.record_failure(reason, "%s: %s in step %s" % (reason, how, (self.begun() or ["none"])[-1]))


def new_journal(plan: "Dict[str, Any]", now: float) -> Journal:
    """The journal of a plan that has just been staged. now: seconds since the epoch."""
    return Journal(
        {
            "schema": SCHEMA,
            "tool_version": plan["tool_version"],
            "run_id": plan["run_id"],
            "owner": plan["owner"],
            "node_name": plan["node_name"],
            "from": plan["from"],
            "to": plan["to"],
            "config_digest": plan["config_digest"],
            "settings": plan["settings"],
            "phase": "staged",
            "came_from": None,
            "staged": now,
            "boot_id": None,
            "recovered_boot": None,
            "deadline": None,
            "steps": [],
            "times": {},
            "engine_seconds": None,
            "reason": None,
            "details": None,
            "error": None,
            "handlers": None,
        }
    )
