# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of the control plane, and its API servers one by one."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import get_or_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

# The label ``component`` of these pods, as kubeadm sets it.
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
# In the certificate of every API server: pods reach it by that name.
APISERVER_NAME = "kubernetes.default.svc"


def read_control_plane(client: "Client") -> "List[Dict[str, Any]]":
    """The pods of the control plane. Raises KubeError."""
    selector = "component in (%s)" % ",".join(COMPONENTS)
    return client.items("/api/v1/namespaces/kube-system/pods", {"labelSelector": selector})


def apiserver_addresses(endpoints: "Dict[str, Any]") -> "List[str]":
    """The host:port of each API server that announces itself, from the Endpoints default/kubernetes. Pure."""
    found = []
    for subset in endpoints.get("subsets") or []:
        for port in subset.get("ports") or []:
            for address in subset.get("addresses") or []:
                ip = "[%s]" % address["ip"] if ":" in address["ip"] else address["ip"]
                found.append("%s:%d" % (ip, port["port"]))
    return sorted(found)


def read_apiservers(client: "Client") -> "List[str]":
    """The host:port of each API server, where there are several. Raises KubeError.

    A single one is the server that is asked anyway.
    """
    found = apiserver_addresses(get_or_none(client, "/api/v1/namespaces/default/endpoints/kubernetes") or {})
    return found if len(found) > 1 else []


def check_apiservers(client: "Client", addresses: "Iterable[str]") -> "Dict[str, Optional[str]]":
    """Why each of these API servers is not ready, or None, by host:port."""
    found = {}
    for address in addresses:
        trouble = client.peer(address, APISERVER_NAME).ready()
        found[address] = trouble.message if trouble else None
    return found
