# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task of the action cutover fails: its exceptions, and the results and messages that it ends with.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import Journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.views import view
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Unmet

# What the action returns.
Outcome = dict[str, Any]

_WHERE = {
    "reverted": "The node is back on Docker, with its files as before.",
    "revert_blocked": "DOCKER CANNOT RUN CONTAINERS ANY MORE: the node stays on its target, cordoned and unconfirmed. "
    "Fix Docker and call `cri-switchover revert` there, or run switch_runtime to verify and accept the target.",
    "revert_failed": "THE REVERT FAILED. The node may have NO working runtime: check it now (cri-switchover status).",
}


class Lost(Exception):
    """The node could not be reached until the deadline. Its text is the last error of the connection."""


class Refused(Exception):
    """A failure that ends a task: ``reason``, the error token in full; ``message``, a sentence; ``details``, data."""

    def __init__(self, reason: str, message: str, **details: Any) -> None:
        super().__init__("%s: %s" % (reason, message))
        self.reason, self.details = reason, details


def message(host: str, error: str) -> str:
    """The message of ``error``, "TOKEN: sentence", with the host after the token."""
    reason, _colon, text = error.partition(": ")
    return "%s: %s: %s" % (reason, host, text)


def refused(host: str, exc: Refused) -> Outcome:
    """The result of a task that was refused."""
    return {"failed": True, "msg": message(host, str(exc)), "reason": exc.reason, "details": exc.details}


def lost(host: str, exc: Lost, journal: Journal | None) -> Outcome:
    """The result of a task whose node is lost. Raised, it would make the host unreachable, and no rescue would run."""
    return {
        "failed": True,
        "changed": True,
        "phase": "unknown",
        "reason": "CRI-CUTOVER-LOST",
        "details": {"last": str(exc)},
        "last_phase": view(journal)["phase"],
        "msg": "CRI-CUTOVER-LOST: %s: no connection for as long as the watchdog and a revert may take (%s). %s The "
        "node finishes or reverts by itself; `cri-switchover status` there shows its phase. Run again to resume it."
        % (host, exc, last_words(journal)),
    }


def last_words(journal: Journal | None) -> str:
    """What the node's journal showed when it was last read, as a sentence."""
    shown = view(journal)
    if not shown["phase"]:
        return "Its journal was not read in this task."
    names = [step["name"] for step in shown["steps"]]
    return "Its journal last showed %s%s." % (shown["phase"], ", step %s" % names[-1] if names else "")


def failed_on_node(host: str, journal: Journal, answer: dict[str, Any] | None = None) -> Outcome:
    """The result where the engine failed or reverted. ``answer``: of its command, where that failed."""
    answer = answer or {}
    reason = journal["reason"] or answer.get("reason") or "CRI-CUTOVER-FAILED"
    error = journal["error"] or answer.get("error") or reason
    where = _WHERE.get(journal["phase"], "The node is %s." % journal["phase"])
    return {
        "failed": True,
        "changed": True,
        "reason": reason,
        "details": journal["details"] or {},
        "msg": "%s. %s" % (message(host, error), where),
    }


def failed_verification(host: str, unmet: list[Unmet]) -> Outcome:
    """The result where the node is not verified."""
    return {
        "failed": True,
        "changed": True,
        "reason": unmet[0]["reason"],
        "details": {"unmet": unmet},
        "msg": "%s: %s: not verified: %s." % (unmet[0]["reason"], host, "; ".join(item["message"] for item in unmet)),
    }


def texts(unmet: list[Unmet]) -> str:
    """Each with its token, for one line."""
    return "; ".join("%s: %s" % (item["reason"], item["message"]) for item in unmet)
