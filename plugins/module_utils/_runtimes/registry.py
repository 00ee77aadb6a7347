# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container runtimes that this collection knows. Pure: no I/O.

Each is imported by name: Ansible sends to a node only what is imported in the text of a file. Private to this
collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd import Containerd
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio import Crio
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker import Docker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime

# Sources first: what is read of a target may need what was read of them.
RUNTIMES: "Tuple[Runtime, ...]" = (
    Docker(),
    Containerd(),
    Crio(),
)
BY_NAME: "Dict[str, Runtime]" = {runtime.name: runtime for runtime in RUNTIMES}
TARGETS = tuple(runtime.name for runtime in RUNTIMES if runtime.is_target)
SOURCES = tuple(runtime.name for runtime in RUNTIMES if runtime.is_source)
DEFAULT_TARGET = TARGETS[0]


def target(name: "Optional[str]" = None) -> "Runtime":
    """The target of this name; without a name the default one. Raises ValueError for a name that is no target."""
    name = name or DEFAULT_TARGET
    if name not in TARGETS:
        raise ValueError("%r is no runtime that a node can be switched to: %s" % (name, ", ".join(TARGETS)))
    return BY_NAME[name]


def is_target(name: "Any") -> bool:
    """Whether a runtime that was seen on a node is one that a node can be switched to."""
    return name in TARGETS


def is_source(name: "Any") -> bool:
    """Whether a runtime that was seen on a node is one that a node can be switched away from."""
    return name in SOURCES


def unit_behind(endpoint: str) -> "Optional[str]":
    """The systemd unit of the runtime whose CRI socket this is, by words in its path; None where it is not known."""
    return next((runtime.unit for runtime in RUNTIMES if runtime.owns_socket(endpoint)), None)
