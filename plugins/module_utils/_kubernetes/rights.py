# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights that a run needs in the API, and which of them the credentials have."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

# Rights that are read but not counted as missing. A drain needs the first only where it deletes instead of evicting.
DELETE_RIGHT = "delete pods"
# It shows all API servers of a cluster, so that each can be asked whether it is ready.
ENDPOINTS_RIGHT = "get endpoints in default"
# Only those who declare runtime handlers need these.
CLASS_RIGHTS = ("create runtimeclasses", "patch runtimeclasses")
# The Lease that keeps two rollouts apart needs these. A run may do without it.
LEASE_RIGHTS = tuple("%s leases in kube-system" % verb for verb in ("create", "get", "patch"))

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def _right(
    verb: str,
    group: str,
    resource: str,
    namespace: "Optional[str]" = None,
    subresource: "Optional[str]" = None,
    name: "Optional[str]" = None,
    of: "Optional[str]" = None,
) -> "Tuple[str, Dict[str, str]]":
    """A right's name in messages, and its resourceAttributes. ``of`` is the one object that it is limited to."""
    attributes = {"verb": verb, "group": group, "resource": resource}
    if namespace:
        attributes["namespace"] = namespace
    if subresource:
        attributes["subresource"] = subresource
    if of:
        attributes["name"] = of
    return name or "%s %s" % (verb, resource) + (" in %s" % namespace if namespace else ""), attributes


def rights_needed(probe_namespace: str) -> "List[Tuple[str, Dict[str, str]]]":
    """Each right's name, and the attributes that a SelfSubjectAccessReview needs. Pure.

    ``probe_namespace`` is where the pods are created that verify a node.
    """
    right = _right
    return [
        right("get", "", "nodes"),
        right("list", "", "nodes"),
        right("patch", "", "nodes"),
        right("get", "", "endpoints", "default", name=ENDPOINTS_RIGHT, of="kubernetes"),
        right("list", "", "pods"),
        right("watch", "", "pods"),
        right("create", "", "pods", subresource="eviction", name="evict pods"),
        right("delete", "", "pods", name=DELETE_RIGHT),
        right("list", "policy", "poddisruptionbudgets"),
        right("get", "coordination.k8s.io", "leases", "kube-node-lease"),
        right("list", "coordination.k8s.io", "leases", "kube-node-lease"),
        right("get", "storage.k8s.io", "csinodes"),
        right("list", "storage.k8s.io", "csinodes"),
        right("create", "", "pods", probe_namespace),
        right("get", "", "pods", probe_namespace),
        right("delete", "", "pods", probe_namespace),
        right("get", "", "replicationcontrollers", subresource="scale", name="get replicationcontrollers/scale"),
        right("get", "", "persistentvolumeclaims"),
        right("get", "storage.k8s.io", "volumeattachments"),
        right("list", "storage.k8s.io", "volumeattachments"),
        right("get", "apps", "daemonsets"),
        right("get", "apps", "replicasets", subresource="scale", name="get replicasets/scale"),
        right("get", "apps", "statefulsets", subresource="scale", name="get statefulsets/scale"),
        right("get", "batch", "jobs"),
        right("list", "apps", "daemonsets"),
        right("list", "apps", "deployments"),
        right("list", "apps", "statefulsets"),
        right("list", "batch", "jobs"),
        right("list", "batch", "cronjobs"),
        right("list", "node.k8s.io", "runtimeclasses"),
        right("create", "node.k8s.io", "runtimeclasses"),
        right("patch", "node.k8s.io", "runtimeclasses"),
        # A name cannot limit what is created; it may limit the others.
        right("create", "coordination.k8s.io", "leases", "kube-system"),
        right("get", "coordination.k8s.io", "leases", "kube-system", of="cri-switchover"),
        right("patch", "coordination.k8s.io", "leases", "kube-system", of="cri-switchover"),
        ("get /readyz", {"verb": "get", "path": "/readyz"}),
    ]


def read_rights(client: "Client", probe_namespace: str) -> "Dict[str, bool]":
    """Whether the credentials have each right, by its name. Raises KubeError."""
    rights = {}
    for name, attributes in rights_needed(probe_namespace):
        review: "Dict[str, Any]" = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"nonResourceAttributes" if "path" in attributes else "resourceAttributes": attributes},
        }
        answer = client.post(_REVIEWS, review)
        rights[name] = bool((answer.get("status") or {}).get("allowed"))
    return rights


def missing_rights(rights: "Dict[str, bool]") -> "List[str]":
    """The names of the rights that the credentials lack and a run needs. Pure."""
    dispensable = (DELETE_RIGHT, ENDPOINTS_RIGHT) + CLASS_RIGHTS
    return [name for name in rights if not rights[name] and name not in dispensable]
