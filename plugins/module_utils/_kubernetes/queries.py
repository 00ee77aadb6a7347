# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that more than one subject needs."""

import time

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Sequence

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

NODES = "/api/v1/nodes"
PODS = "/api/v1/pods"
# The answer comes from the API server's memory, which has an index by node, and does not go through all pods in etcd.
CACHED = {"resourceVersion": "0"}


def get_or_none(client: "Client", path: str) -> "Optional[Dict[str, Any]]":
    """One object; None when the API does not have it."""
    try:
        return client.get(path)
    except KubeError as exc:
        if exc.status != 404:
            raise
        return None


def group_version(client: "Client", group: str, wanted: "Sequence[str]") -> "Optional[str]":
    """The first of the wanted versions that the server has of an API group, or None."""
    group_info = get_or_none(client, "/apis/%s" % group) or {}
    served = [version["version"] for version in group_info.get("versions") or []]
    for version in wanted:
        if version in served:
            return version
    return None


def server_seconds(client: "Client") -> float:
    """The time in seconds since the epoch, by the server's clock once it has answered. The controller's may differ."""
    return client.server_time or time.time()


def on_node(node_name: str) -> "Dict[str, Any]":
    """The parameters that limit a list of pods to one node."""
    return {"fieldSelector": "spec.nodeName=%s" % node_name}


def pods_by_node(client: "Client") -> "Dict[Optional[str], List[Dict[str, Any]]]":
    """All pods of the cluster, by the name of their node. Those without a node stand under None."""
    found: "Dict[Optional[str], List[Dict[str, Any]]]" = {}
    for pod in client.items(PODS):
        found.setdefault((pod.get("spec") or {}).get("nodeName"), []).append(pod)
    return found


def nodes_one_by_one(client: "Client", names: "Iterable[str]") -> "Dict[str, Dict[str, Any]]":
    """The nodes of these names that the cluster has, for credentials that may get nodes but not list them."""
    found = {}
    for name in names:
        node = get_or_none(client, "%s/%s" % (NODES, name))
        if node is not None:
            found[name] = node
    return found
