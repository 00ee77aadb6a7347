# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings as lines for the operator: the report, and the summary of a stop. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, FLEET, LEVELS
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Finding


def by_severity(item: Finding) -> tuple[int, str]:
    """The key that sorts findings: blockers first, then by token."""
    return LEVELS.index(item["level"]), item["token"]


def report(findings: list[Finding]) -> list[str]:
    """Lines for the operator: node by node, blockers first, each with its remedy below it."""
    lines: list[str] = []
    nodes: list[str] = []
    for item in findings:
        if item["node"] not in nodes:
            nodes.append(item["node"])
    for node in nodes:
        lines.append("the whole run:" if node == FLEET else "%s:" % node)
        for item in sorted((f for f in findings if f["node"] == node), key=by_severity):
            level = "allowed" if item["allowed"] else item["level"]
            lines.append("  %-7s  %s: %s" % (level, item["token"], item["message"]))
            lines.append("           -> %s" % item["remedy"])
    return lines


def summary(findings: list[Finding]) -> str:
    """Every blocker on a line of its own, for the message of the stop; empty without blockers."""
    blockers = [item for item in findings if item["level"] == BLOCKER]
    if not blockers:
        return ""
    lines = ["CRI-PREFLIGHT: %d blocker%s, nothing was changed." % (len(blockers), "" if len(blockers) == 1 else "s")]
    for item in blockers:
        where = "the whole run" if item["node"] == FLEET else item["node"]
        lines.append("%s: %s: %s" % (where, item["token"], item["message"]))
    return "\n".join(lines)
