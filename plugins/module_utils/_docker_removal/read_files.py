# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a node: links and sockets that Docker has left outside of its own directories.

Private to this collection: there is no promise that it stays as it is.
"""

import glob
import os
import stat

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.mounts import is_below
from ansible_collections.cri.switchover.plugins.module_utils._facts import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Sequence

    from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node

SOCKETS = ("/run/docker.sock", "/run/dockershim.sock", "/run/cri-dockerd.sock")
RUN = "/run/docker"
# Programs that may listen on these sockets; None: nobody listens.
LISTENERS = (None, "systemd", "dockerd", "cri-dockerd")
# A dockerd without a containerd.service has one of its own in there.
LISTENERS_INSIDE = LISTENERS + ("containerd",)


def log_links(node: "Node", roots: "Sequence[str]") -> "List[str]":
    """Links to logs in Docker's directories. Those in /var/log/containers come first: they lead through the others."""
    found = []
    directories = [os.path.realpath(node.path(root)) for root in roots]
    for pattern in ("/var/log/containers/*", "/var/log/pods/*/*/*"):
        for path in sorted(glob.glob(node.path(pattern))):
            real = os.path.realpath(path) if os.path.islink(path) else ""
            if any(is_below(real, directory) for directory in directories):
                found.append("/" + os.path.relpath(path, node.root))
    return found


def run_files(node: "Node") -> "List[str]":
    """Docker's sockets, and its directory in /run, where nobody else listens."""
    found = []
    for path in SOCKETS:
        real = node.path(path)
        if is_socket(real) and io.listener(real) in LISTENERS:
            found.append(path)
    real = node.path(RUN)
    inside = [os.path.join(folder, name) for folder, _folders, names in os.walk(real) for name in names]
    ours = all(io.listener(path) in LISTENERS_INSIDE for path in inside if is_socket(path))
    return found + ([RUN] if os.path.isdir(real) and ours else [])


def is_socket(path: str) -> bool:
    """Whether a path is a Unix socket, and no link to one."""
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False
