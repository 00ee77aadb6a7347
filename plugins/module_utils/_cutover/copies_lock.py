# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a switch that is under way from finding other staged copies than those that its plan names.

Private to this collection: there is no promise that it stays as it is.
"""

import contextlib

from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.refusals import refuse_staging
from ansible_collections.cri.switchover.plugins.module_utils._engine.store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

# Seconds: a confirmation, or a plan being staged, is over by then.
WAIT = 10


@contextlib.contextmanager
def copies_lock(node: "Node", root: str) -> "Iterator[None]":
    """While it is entered, no switch begins on this node. ``root``: the folder of the copies, which must exist.

    Another folder than the engine's own needs no lock. Raises Failure where a switch is under way.
    """
    if root.rstrip("/") != STATE + "/staged":
        yield
        return
    store = Store(node)
    with store.lock(wait=WAIT):
        refusal = refuse_staging(store.journal(), {})
        if refusal:
            raise Failure(*refusal)
        yield
