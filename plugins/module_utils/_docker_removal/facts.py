# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One read-only pass over a node: all facts by which a removal of Docker is judged and planned.

Private to this collection: there is no promise that it stays as it is.
"""

import os
import time

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.read_docker import DockerReader
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.read_files import log_links, run_files
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.read_kubelet import (
    KubeletReader,
    show_units,
)
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.read_network import (
    FIREWALLS,
    NetworkReader,
)
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.read_packages import read_packages
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.units import UNITS, needed_by
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import COMMAND, FACT, STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.node_lock import read_node_lock, refuse_node_lock
from ansible_collections.cri.switchover.plugins.module_utils._engine.store import Store
from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.registry import BY_NAME, TARGETS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node

# Where an unfinished removal notes what it must still know once packages and files are gone.
NOTES = "removal.json"


class RemovalFacts:
    """The readers of a node, and what they found. ``params``: the parameters of the module docker_removal."""

    def __init__(self, node: "Node", params: "Dict[str, Any]") -> None:
        self.node, self.params = node, params
        self.store = Store(node)
        self.journal = self.store.journal()
        plan = self.store.plan() or {}
        self.notes: "Dict[str, Any]" = self.store.load(NOTES) or {}
        self.kubelet = KubeletReader(node, plan, params["wait"])
        names = list(UNITS) + list(FIREWALLS) + [self.kubelet.unit] + [BY_NAME[name].unit for name in TARGETS]
        self.units = show_units(node, names)
        self.docker = DockerReader(node, self.units.get("docker.service", {}), self.notes)
        self.network = NetworkReader(node, self.docker.roots, self.units, self.notes.get("bridges") or [])

    def read(self) -> "Dict[str, Any]":
        """The facts that blockers() and plan() take; unhealthy is empty, it takes its time."""
        packages = read_packages(self.node)
        containers = self.docker.containers()
        runtime, args = self.runtime()
        shims = self.docker.shims()
        own = (STATE, COMMAND, FACT)
        return {
            "journal": self.journal,
            "lock": refuse_node_lock(read_node_lock(self.node), self.params["by_run"], time.monotonic()),
            "state": [path for path in own if os.path.lexists(self.node.path(path))],
            "packages": packages,
            "units": self.units,
            "needed_by": needed_by(self.units),
            "unpackaged": [] if packages["dockers"] else [path for path in [io.which("dockerd")] if path],
            "containers": containers,
            "shims": shims,
            "pod_processes": self.docker.pod_processes([entry["Id"] for entry in containers] + shims),
            "runtime": runtime,
            "network": self.network.read(),
            "log_links": log_links(self.node, self.docker.roots),
            "run": run_files(self.node),
            "data": self.docker.data(args),
            "unhealthy": [],
        }

    def runtime(self) -> "Tuple[Dict[str, Any], Dict[str, Any]]":
        """(the runtime in use, the running kubelet's arguments)"""
        return self.kubelet.runtime(int(self.units.get(self.kubelet.unit, {}).get("MainPID") or 0))
