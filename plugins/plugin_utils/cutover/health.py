# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's side of a verification: the module cri_health, run on the node once before the node is confirmed.

It is the only module in a node's window. Its seconds overlap with the start of the node's own pods, for which the API's
side waits anyway. Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import BEFORE_WATCHDOG
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Log
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.health import (
    ASKING_S,
    WAIT_S,
    Health,
    arguments,
    health_of,
    no_result,
)

# Seconds for which the node lock is taken: the module's time limit, and a connection that is slow to answer.
LOCK_S = WAIT_S + ASKING_S + 30
# How often the module is run on a node that answers commands, but from which the module's result does not come.
TRIES = 3


class HealthCheck:
    """Runs cri_health on one node. ``wanted``: the option verification."""

    def __init__(self, wanted: dict[str, Any], engine: NodeEngine, log: Log) -> None:
        self._wanted, self._engine, self._log = wanted, engine, log

    def check(self, prefix: str) -> Health:
        """Run the module; no result within its time limit is something unmet, too.

        ``prefix``: of the wanted runtime version. Raises Refused while another rollout works on the node, and Lost when
        the node could not be reached until the deadline.
        """
        error = ""
        for _try in range(TRIES):
            left = self._engine.lock_for(LOCK_S)
            wait = WAIT_S if left is None else max(0, min(WAIT_S, left - BEFORE_WATCHDOG))
            self._log("checking the runtime by crictl (at most %d s)" % wait)
            try:
                return health_of(self._engine.connection.run_health(self.arguments(prefix, wait), wait + ASKING_S))
            except AnsibleConnectionFailure as exc:
                error = str(exc)
                self._engine.connection.make_again(error)
            except AnsibleError as exc:
                error = str(exc)
                break
        return no_result(error)

    def arguments(self, prefix: str, wait: int) -> dict[str, Any]:
        """The module's arguments, of what the switch has made: the journal and the plan on the node."""
        left_out = left_out_handlers(self._engine.journal)
        handlers = [item["name"] for item in self._wanted["handlers"] if item["name"] not in left_out]
        endpoint, image = self._engine.journal["to"]["socket"], self._wanted["pause_image"]
        return arguments(endpoint, self._engine.crictl(), prefix, handlers, image, wait)


def left_out_handlers(journal: Any) -> dict[str, str]:
    """{name: why} of the optional handlers that the engine found not to work on this node."""
    return ((journal.get("handlers") or {}).get("left_out")) or {}
