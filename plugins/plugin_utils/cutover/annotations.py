# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The annotations of the Node object, as they belong to the runtime on which a node has ended. Pure: no I/O.

kubeadm's annotation names the CRI socket. A switch writes it, and a revert restores it. Private to this collection:
there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import SOCKET_ANNOTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Journal

# {name: value, or None to remove it}, as node_drain takes them.
Annotations = dict[str, "str | None"]


def of_target(info: Facts, socket: str, present: Annotations | None) -> Annotations:
    """What the node is to have once it is on its target. ``present``: what it has before, where that is known.

    kubeadm from 1.34 on keeps the socket on the node, in instance-config.yaml, and removes the annotation. There it is
    corrected where it exists, but not made anew.
    """
    local = (info.get("kubelet", {}).get("instance_config") or {}).get("exists")
    return {} if local and SOCKET_ANNOTATION not in (present or {}) else {SOCKET_ANNOTATION: socket}


def where_it_ended(phase: str | None, journal: Journal | None, present: Annotations | None) -> Annotations:
    """What the node is to have in this phase: none is changed but on a confirmed target, or on Docker again.

    ``present``: what it has now, as far as that is known.
    """
    if journal is None or phase not in ("confirmed", "finalized", "reverted"):
        return {}
    if phase == "reverted":
        return _of_source(journal["from"], journal["to"]["socket"], present or {})
    made: Annotations = journal["to"].get("annotations", {SOCKET_ANNOTATION: journal["to"]["socket"]})
    return made


def _of_source(source: dict[str, Any], socket: str, present: Annotations) -> Annotations:
    """A switch writes kubeadm's annotation whether there was one or not.

    Journals of 0.1.0 do not say what it was: then it is the socket of the source.
    """
    if "cri_socket" in source:
        return {SOCKET_ANNOTATION: source["cri_socket"]}
    if source.get("endpoint") and present.get(SOCKET_ANNOTATION) == socket:
        return {SOCKET_ANNOTATION: source["endpoint"]}
    return {}
