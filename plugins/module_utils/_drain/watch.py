# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches the pods of one node, in a thread of its own."""

import threading

from ansible_collections.cri.switchover.plugins.module_utils._drain import timing
from ansible_collections.cri.switchover.plugins.module_utils._drain.events import PodChanged, WatchEnded
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import PODS, on_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from queue import Queue
    from typing import Any, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client


class PodWatch(object):
    """``is_allowed`` says whether the credentials may watch pods, as far as is known. ``events`` gets the changes."""

    def __init__(self, client: "Client", node_name: str, events: "Queue[Any]") -> None:
        self.client, self.node_name, self.events = client, node_name, events
        self.is_allowed = True
        self._is_running = False

    def start(self, version: "Optional[str]") -> None:
        """Watch from a resourceVersion on, unless a watch runs already."""
        if not self._is_running:
            self._is_running = True
            threading.Thread(target=self._watch, args=(version,), daemon=True).start()

    def ended(self) -> None:
        """Note that the event WatchEnded was handled, so that start() begins a new watch."""
        self._is_running = False

    def _watch(self, version: "Optional[str]") -> None:
        params = dict(on_node(self.node_name), resourceVersion=version)
        try:
            for kind, row, version in self.client.watch(PODS, params, timing.WATCH_SECONDS):
                self.events.put(PodChanged(kind, row, version))
            self.events.put(WatchEnded(None))
        except Exception as exc:  # for the thread that owns the state
            self.events.put(WatchEnded(exc))
