# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of sentences about pods and budgets, and what a drain reports while it waits. Pure: no I/O."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping, Optional, Sequence, Tuple

    Entry = Mapping[str, Any]


def budget(pdb: "Entry") -> str:
    """One PodDisruptionBudget with its numbers."""
    return "PDB %s/%s: %d disruptions allowed, %d of %d pods healthy, %d needed" % (
        pdb["namespace"],
        pdb["name"],
        pdb["allowed"],
        pdb["healthy"],
        pdb["expected"],
        pdb["desired"],
    )


def describe(entries: "Sequence[Entry]") -> str:
    """ "shop/web-1 (PDB shop/web), shop/db-0", with at most ten pods."""
    texts = [
        "%s/%s%s" % (e["namespace"], e["name"], " (PDB %s)" % ", ".join(e["pdbs"]) if e.get("pdbs") else "")
        for e in entries
    ]
    return ", ".join(texts[:10]) + (" and %d more" % (len(texts) - 10) if len(texts) > 10 else "")


def planned(leave: "Sequence[Entry]", stay: "Sequence[Entry]") -> str:
    """What a dry run reports: the pods that a drain would evict or wait for, and how many would stay."""
    named = ": %s" % describe(leave) if leave else ""
    return "would be drained of %d pods%s; %d pods would stay" % (len(leave), named, len(stay))


def waiting(left: "Sequence[Tuple[Entry, Optional[str]]]", seconds_left: float) -> str:
    """One line of progress. ``left`` has the entry of each pod that has not left, and the API's message or None."""
    texts = ["%s/%s (%s)" % (entry["namespace"], entry["name"], message or "ending") for entry, message in left[:3]]
    more = " and %d more" % (len(left) - 3) if len(left) > 3 else ""
    return "waits for %d pods, %d s left: %s%s" % (len(left), max(0, seconds_left), ", ".join(texts), more)


def waiting_for_volumes(names: "Sequence[str]", seconds_left: float) -> str:
    """One line of progress. ``names`` are those of VolumeAttachments."""
    return "waits for %d VolumeAttachments, %d s left: %s" % (len(names), seconds_left, ", ".join(names[:3]))
