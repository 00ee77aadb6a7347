# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests evictions, a few at a time, in the threads of a pool."""

from ansible_collections.cri.switchover.plugins.module_utils._drain.events import Answered
from ansible_collections.cri.switchover.plugins.module_utils._drain.eviction_api import (
    delete_options,
    eviction,
    eviction_version,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Executor
    from queue import Queue
    from typing import Any, Mapping, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client


class Evictor(object):
    """``events`` gets the answers. With the option ``disable_eviction`` it deletes pods instead."""

    def __init__(self, client: "Client", options: "Mapping[str, Any]", pool: "Executor", events: "Queue[Any]") -> None:
        self.client, self.options, self.pool, self.events = client, options, pool, events
        self._version: "Optional[str]" = None  # of an eviction
        self._is_closed = False

    def learn_version(self) -> None:
        """Read, once, which version of an eviction the server has. Raises KubeError."""
        if not self._version and not self.options["disable_eviction"]:
            self._version = eviction_version(self.client.get("/api/v1"))

    def submit(self, entry: "Mapping[str, Any]") -> None:
        """Request the eviction of one pod, once a thread is free."""
        self.pool.submit(self._evict, entry)

    def close(self) -> None:
        """Begin no more evictions, and wait for those that have begun."""
        # The pool itself can drop what it has not begun only since Python 3.9.
        self._is_closed = True
        self.pool.shutdown(wait=True)

    def _evict(self, entry: "Mapping[str, Any]") -> None:
        if self._is_closed:
            return
        path = "/api/v1/namespaces/%s/pods/%s" % (entry["namespace"], entry["name"])
        grace = self.options["grace"]
        try:
            if self.options["disable_eviction"]:
                self.client.once("DELETE", path, delete_options(entry, grace))
            else:
                self.client.once("POST", path + "/eviction", eviction(entry, self._version, grace))
            self.events.put(Answered(entry, None))
        except Exception as exc:  # for the thread that owns the state
            self.events.put(Answered(entry, exc))
