# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of it: nothing of this program is left on the node, but for what it has made of the node."""

import shutil

from .names import COMMAND, FACT, NODE_LOCK, STATE
from .node_lock import take_node_lock
from .recovery import Recovery
from .refusals import refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Tuple

    from .node import Node
    from .store import Store


def do_forget(node: "Node", store: "Store", args: "Dict[str, Any]") -> "Tuple[int, Dict[str, Any]]":
    """Nothing of the tool is left, but for what it has made of the node. args: {force, by_run, owner}."""
    held = take_node_lock(node, args)
    if held:
        return refused(held[0], held[1], **held[2])
    with store.lock():
        journal, plan = store.journal(), store.plan()
        if journal is not None and journal["phase"] not in ("staged", "finalized", "reverted"):
            return refused("CRI-FORGET-PHASE", "the node is %s: that must end first" % journal["phase"])
        if journal is not None and plan is not None:
            Recovery(node, plan, journal).disarm()
        for path in (FACT, COMMAND, NODE_LOCK):
            node.remove(path)
        shutil.rmtree(node.path(STATE))
        return 0, {"changed": True}
