# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads which CRI sockets exist."""

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._facts.known_runtime import KnownRuntime

# Docker's, by dockershim and by cri-dockerd.
_OF_DOCKER = ("/var/run/dockershim.sock", "/var/run/cri-dockerd.sock")


def existing(endpoint: "Optional[str]", runtimes: "Iterable[KnownRuntime]") -> "List[str]":
    """The usual sockets that exist, and that of kubelet's endpoint. ``runtimes``: those that this collection knows."""
    paths = list(_OF_DOCKER) + [runtime.socket[len("unix://") :] for runtime in runtimes if runtime.socket]
    path = re.sub(r"^unix:(//)?", "", endpoint or "")
    if path and os.path.realpath(path) not in [os.path.realpath(usual) for usual in paths]:
        paths.append(path)
    return [path for path in paths if os.path.exists(path)]
