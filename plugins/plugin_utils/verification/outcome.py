# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a read-only verification, as the action node_verification returns it. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.records import Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.subject import Subject

Outcome = dict[str, Any]


def outcome_of(
    node_name: str,
    subject: Subject,
    runtime: str = "",
    unmet: list[Unmet] | None = None,
    health: dict[str, Any] | None = None,
    gates: list[dict[str, Any]] | None = None,
) -> Outcome:
    """What was found of one node. ``runtime``: as the API reports it; ``unmet``: of what was asked."""
    found = subject.unmet + (unmet or [])
    not_switched = bool(subject.source)
    return {
        "changed": False,
        "verified": not not_switched and not found,
        "not_switched": not_switched,
        "node_name": node_name,
        "runtime": runtime or subject.source,
        "message": message(subject.source, runtime, found),
        "unmet": found,
        "health": health or {},
        "gates": gates or [],
    }


def message(source: str, runtime: str, unmet: list[Unmet]) -> str:
    """The result in one sentence, without the node's name and the full stop."""
    if source:
        return "not switched, it is on %s" % source
    if not unmet:
        return "verified on %s" % runtime
    return "NOT VERIFIED: %s" % "; ".join("%(reason)s: %(message)s" % entry for entry in unmet).rstrip(".")
