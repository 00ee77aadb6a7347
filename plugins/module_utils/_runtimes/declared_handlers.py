# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The handlers that a target gets on one node, out of those that the operator declared. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_checks, handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime


def usable_handlers(
    declared: "List[Dict[str, Any]]", info: "Dict[str, Any]", target: "Runtime"
) -> "List[Dict[str, Any]]":
    """The declared handlers without those optional ones that cannot work here, the default first.

    ``declared``: switchover_handlers; ``info``: the node's facts. Raises RuntimeConfigError.
    """
    try:
        parsed = handlers.parse(declared)
    except handlers.HandlersError as exc:
        raise RuntimeConfigError("switchover_handlers: %s" % exc) from exc
    usable, judged = handler_checks.usable(parsed, info, target)
    blocked = [item["message"] for item in judged if item["blocks"]]
    if blocked:
        raise RuntimeConfigError("; ".join(blocked))
    return usable
