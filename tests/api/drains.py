# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of drains share."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Callable

from fakes import Cluster, owner

ANNOTATION = "cri.switchover/cordon"
SCALE_DOWN = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
REPLICAS = owner("ReplicaSet", "web")


def annotation(cluster: Cluster, name: str = "n1"):
    text = cluster.read_node(name)["metadata"].get("annotations", {}).get(ANNOTATION)
    return json.loads(text) if text else None


def cordoned(cluster: Cluster, name: str = "n1") -> bool:
    return bool(cluster.read_node(name)["spec"].get("unschedulable"))


def names(entries: list[dict]) -> list[str]:
    return [entry["name"] for entry in entries]


def drain(module, **arguments):
    return module("node_drain", **{"name": "n1", "state": "drained", "run_id": "r1", "timeout": 120, **arguments})


def uncordon(module, **arguments):
    return module("node_drain", **{"name": "n1", "state": "uncordoned", "run_id": "r1", **arguments})


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


class Beside(threading.Thread):
    """A drain that runs while the test does something else; result() waits for its end."""

    def __init__(self, module, **arguments) -> None:
        super().__init__(daemon=True)
        self._module, self._arguments = module, arguments
        self._outcome: Any = None
        self.start()

    def run(self) -> None:
        self._outcome = drain(self._module, **self._arguments)

    def result(self):
        self.join()
        return self._outcome
