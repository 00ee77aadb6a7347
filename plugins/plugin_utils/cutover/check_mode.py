# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode: the journal, and for state=revertible the engine's own answer, are all that is asked of the node.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._engine.revert_steps import REVERT
from ansible_collections.cri.switchover.plugins.module_utils._engine.switch_steps import switch_steps_of
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Outcome
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.revert import require_revertible
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.window import Window

# state -> the phases in which there is nothing to do; None: without a journal.
_REACHED = {
    "confirmed": ("confirmed", "finalized"),
    "finalized": ("finalized",),
    "reverted": ("reverted", "staged", None),
    "resumed": ("confirmed", "finalized", "reverted", "staged", None),
}


def foresee(window: Window) -> Outcome:
    """What the task would change, and by which steps of the engine."""
    state = window.args["state"]
    if state == "revertible":
        # Without the node lock the engine only reads.
        window.engine.lock = []
        return require_revertible(window)
    journal = window.engine.refresh()
    phase = journal["phase"] if journal else None
    steps = REVERT if state == "reverted" else switch_steps_of({})
    return {"changed": phase not in _REACHED[state], "planned": [step.__name__ for step, _seconds in steps]}
