# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node can be read for of any container runtime, by name only: the part of a runtime that readers need. Pure.

The whole of a runtime is `_runtimes.base.Runtime`; the readers may not import that package, and are handed its classes.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple


class KnownRuntime:
    """Names by which a runtime is found on a node, and what is read of it."""

    # As settings, facts and journals have it, such as "crio"; also the name of its part of the facts.
    name = ""
    # As sentences have it, such as "CRI-O".
    title = ""
    # The name of its process, and of the program that says its version.
    process = ""
    # Whether that program is asked for its version.
    says_version = True
    # Its systemd unit.
    unit = ""
    # The CRI socket that its configuration is made for, as a URL.
    socket = ""
    # Words of which one stands in the path of its CRI socket.
    socket_words: "Tuple[str, ...]" = ()
    # Packages that a switch to it may install: looked up, and their installation is simulated. Of `offered` only the
    # versions are looked up: they exclude each other.
    packages: "Tuple[str, ...]" = ()
    offered: "Tuple[str, ...]" = ()
    # Folders of CNI plugins that only this runtime searches.
    cni_folders: "Tuple[str, ...]" = ()
    # Whether it checks a new pod's network by CNI CHECK, so that udev's rules for its interfaces matter.
    checks_network = False

    def store_of(self, part: "Dict[str, Any]") -> "Optional[str]":
        """The folder in which the runtime keeps its images. ``part``: the runtime's part of the facts."""
        raise NotImplementedError

    def owns_socket(self, path: str) -> bool:
        """Whether a path, or an endpoint, is that of its CRI socket, by the words in it."""
        return any(word in path for word in self.socket_words)

    def own_program(self, _name: str) -> "Optional[str]":
        """The path of an OCI runtime that the runtime's own packages bring, or None."""
        return None
