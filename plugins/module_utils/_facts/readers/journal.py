# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the journal of an earlier switch, and which of its files were changed since."""

import os
import time

from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.live_files import drifted, image_of
from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts import journal as parsing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection

_STATE = "/var/lib/cri-switchover"
_LOCK_OWNER = "/run/cri-switchover.lock-owner"
# The phases in which the files of the journal's plan are those of the node.
_ON_TARGET = ("confirmed", "finalized", "revert_blocked")


def read(_node: "Inspection", journal: "Facts") -> None:
    """Fill the part `journal`, which stays empty where there is none."""
    text = io.read_text(os.path.join(_STATE, "journal.json"))
    if text is None:
        return
    plan, lock = io.read_text(os.path.join(_STATE, "plan.json")), io.read_text(_LOCK_OWNER)
    journal.update(parsing.journal_facts(text, plan, lock, time.monotonic()), drift=[])
    if journal.get("phase") in _ON_TARGET:
        journal["drift"] = _drift(plan)


def _drift(plan: "Optional[str]") -> "List[str]":
    """Paths of the plan's files that are not as the switch wrote them, as the engine's own check has it.

    Raises NodeError for a plan that is damaged.
    """
    found = []
    try:
        for item in parsing.plan_files(plan):
            try:
                changed = drifted([item], {item["path"]: image_of(item["path"])})
            except (Failure, OSError):  # neither a file nor a link, or it cannot be read
                changed = [item]
            found += [entry["path"] for entry in changed]
    except (LookupError, TypeError, ValueError) as error:
        raise io.NodeError("plan.json is damaged: %s: %s" % (type(error).__name__, error)) from None
    return found
