# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's lock, while Docker is removed.

Private to this collection: there is no promise that it stays as it is.
"""

import contextlib
import threading

from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import HOLDER
from ansible_collections.cri.switchover.plugins.module_utils._engine.node_lock import HOLD, holding, take_hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator

    from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node


@contextlib.contextmanager
def locked(node: "Node", params: "Dict[str, Any]") -> "Iterator[None]":
    """Other runs are refused meanwhile; if this one dies, only for a minute more. Raises Failure."""
    args = {"force": False, "token": params["token"], "who": params["holder"]}

    def take() -> None:
        refusal = take_hold(node, args)
        if refusal:
            raise Failure(refusal[0], refusal[1], **refusal[2])

    take()
    over = threading.Event()

    def renew() -> None:
        while not over.wait(HOLD / 3.0):
            with contextlib.suppress(Failure, OSError):
                take()

    thread = threading.Thread(target=renew)
    thread.daemon = True
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        if (holding(node) or {}).get("token") == params["token"]:
            node.remove(HOLDER)
