# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signs of life of a node's kubelet, as the API has them: the node's Lease and the heartbeat of its status.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import condition
from ansible_collections.cri.switchover.plugins.plugin_utils.records import ApiObject

# {"lease_renew", "heartbeat"}: time stamps of the node's own clock, or None. They are compared, never ordered.
Heartbeat = dict[str, "str | None"]


def read_heartbeat(client: Client, node_name: str) -> Heartbeat:
    """The node's heartbeat as the API has it now. Raises KubeError."""
    return heartbeat_of(client.get("/api/v1/nodes/%s" % node_name), read_lease(client, node_name))


def heartbeat_of(node: ApiObject, lease: ApiObject | None) -> Heartbeat:
    """The heartbeat that these two objects show. Pure."""
    return {
        "lease_renew": ((lease or {}).get("spec") or {}).get("renewTime"),
        "heartbeat": condition(node, "Ready").get("lastHeartbeatTime"),
    }


def read_lease(client: Client, node_name: str) -> ApiObject | None:
    """The node's Lease, or None where it has none. Raises KubeError."""
    try:
        return client.get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/%s" % node_name)
    except KubeError as exc:
        if exc.status == 404:
            return None
        raise
