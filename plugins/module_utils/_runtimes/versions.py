# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of a runtime will serve a node: the installed one, or the one that its packages offer. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple


def containerd_package(info: "Dict[str, Any]") -> str:
    """The package of containerd on this node: containerd.io from Docker's repositories, else containerd."""
    installed = dig(info, "packages.installed", {})
    candidates = dig(info, "packages.candidates", {})
    family = dig(info, "docker.family")
    for name in ("containerd.io", "containerd"):
        if name in installed:
            return name
    if family in ("docker-ce", "docker.io"):
        return "containerd.io" if family == "docker-ce" else "containerd"
    if candidates.get("containerd"):
        return "containerd"
    return "containerd.io" if candidates.get("containerd.io") else "containerd"


def containerd_version(info: "Dict[str, Any]") -> "Tuple[Optional[str], bool]":
    """(text, installed): the version of containerd, installed or the packages' candidate."""
    if dig(info, "containerd.installed"):
        return dig(info, "containerd.version"), True
    return dig(info, "packages.candidates", {}).get(containerd_package(info)), False


def crio_version(info: "Dict[str, Any]") -> "Tuple[Optional[str], bool]":
    """(text, installed): the version of CRI-O, installed or the packages' candidate."""
    if dig(info, "crio.installed"):
        return dig(info, "crio.version"), True
    return dig(info, "packages.candidates", {}).get("cri-o"), False


def dotted(release: "Tuple[int, ...]") -> str:
    """A release as text: "1.6.20"."""
    return ".".join(str(number) for number in release)
