# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which container runtime a node is on, as its kubelet reports it. Pure: no I/O."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

# How ``containerRuntimeVersion`` of a node begins, by runtime.
# What kubelet reports before Docker's version, by dockershim and by cri-dockerd.
DOCKER_PREFIX = "docker://"
# What kubelet reports as the version where its runtime did not answer.
UNKNOWN = "Unknown"


def runtime_version(node: "Dict[str, Any]") -> "Optional[str]":
    """A node's containerRuntimeVersion, such as "containerd://1.6.20"; None before kubelet's first report."""
    return ((node.get("status") or {}).get("nodeInfo") or {}).get("containerRuntimeVersion")


def is_on_docker(node: "Dict[str, Any]") -> bool:
    """Whether kubelet reports Docker as its runtime."""
    return str(runtime_version(node)).startswith(DOCKER_PREFIX)


def is_unreported(version: "Optional[str]") -> bool:
    """Whether kubelet has not reported its runtime yet, by a node's containerRuntimeVersion.

    Kubelet learns the runtime's name when it starts, and asks for the version with each status. Where the runtime does
    not answer then, it reports containerd://Unknown, until its next status. Before its first one there is nothing.
    """
    return not version or version.partition("://")[2] == UNKNOWN


def runtime_text(version: "Optional[str]") -> str:
    """A node's containerRuntimeVersion as a part of a sentence."""
    if not version:
        return "a runtime that kubelet has not reported yet"
    if is_unreported(version):
        return "%s, whose version kubelet has not reported yet" % version.partition("://")[0]
    return version
