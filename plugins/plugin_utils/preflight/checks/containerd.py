# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containerd that a node has already, and its configuration, which a switch replaces. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import listed
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

# Where containerd's socket must be: its configuration is rendered with it.
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"


def judge(node: str, info: Facts, target: str) -> Findings:
    """Nothing for another target, and nothing where there is no containerd yet."""
    containerd = info.get("containerd", {})
    if target != "containerd" or not containerd.get("installed"):
        return
    if containerd.get("enabled") in (None, "masked"):
        yield finding(
            BLOCKER,
            "CRI-PF-CONTAINERD-UNIT",
            node,
            "containerd has no service of its own to start (containerd.service is %s)"
            % (containerd.get("enabled") or "not there"),
            "install containerd as a package with a unit, or unmask it: systemctl unmask containerd",
            seen=containerd.get("enabled"),
        )
    socket = containerd.get("socket")
    if socket and socket != CONTAINERD_SOCKET and not containerd.get("managed_by_docker"):
        yield finding(
            BLOCKER,
            "CRI-PF-CONTAINERD-SOCKET",
            node,
            "containerd listens on %s; its configuration is rendered with %s" % (socket, CONTAINERD_SOCKET),
            "let it (and Docker) use the usual socket first",
            seen=socket,
            wanted=CONTAINERD_SOCKET,
        )
    config = containerd.get("config") or {}
    if config.get("exists"):
        imports = config.get("imports") or []
        yield finding(
            WARNING if imports else NOTE,
            "CRI-PF-CONTAINERD-CONFIG",
            node,
            "%s is replaced as a whole in the window%s; the old one is kept for a revert"
            % (config.get("path"), ", and its imports (%s) with it" % listed(imports) if imports else ""),
            "settings of your own belong into files named by target_containerd_imports",
            sha256=config.get("sha256"),
            imports=imports,
        )
