# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker as the source of a switch, and as what a revert restores. Pure: no I/O but what readers do.

kubelet reaches it through its own dockershim up to 1.23, through cri-dockerd from 1.24 on. Private to this collection:
there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import docker as reader
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_line import start_words
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_options
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Facts


class Docker(Runtime):
    """dockerd behind dockershim or cri-dockerd."""

    name = "docker"
    title = "Docker"
    process = "dockerd"
    version_prefix = "docker://"
    unit = "docker.service"
    socket_words = ("dockershim", "cri-docker", "cri-dockerd")
    is_source = True
    says_version = False
    store = "/var/lib/docker"
    store_title = "Docker's data"

    def read(self, node: "Inspection", part: "Facts") -> None:
        """Fill the part `docker` of the facts."""
        reader.read(node, part, docker_options.read, start_words)

    def store_of(self, part: "Dict[str, Any]") -> "Optional[str]":
        """Its data-root; None where there is no Docker."""
        return (part.get("data_root") or self.store) if part.get("installed") else None
