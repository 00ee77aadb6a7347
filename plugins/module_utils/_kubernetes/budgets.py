# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PodDisruptionBudgets: which of them match a pod, and how many disruptions they allow."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import ENDED
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import CACHED, group_version
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.selectors import selects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

# Up to this number of namespaces, one list for each is cheaper than the budgets of the whole cluster.
FEW_NAMESPACES = 5


def pdbs_of(pod: "Dict[str, Any]", pdbs: "Iterable[Dict[str, Any]]", version: str = "v1") -> "List[str]":
    """The names of the budgets that the API would check before it evicts a pod, as "namespace/name". Pure.

    ``pdbs`` are objects, ``version`` is that of the API group policy.
    """
    if (pod.get("status") or {}).get("phase") in ENDED + ("Pending",):
        return []
    meta = pod["metadata"]
    return sorted(
        "%s/%s" % (pdb["metadata"]["namespace"], pdb["metadata"]["name"])
        for pdb in pdbs
        if pdb["metadata"]["namespace"] == meta["namespace"]
        and selects((pdb.get("spec") or {}).get("selector"), meta.get("labels") or {}, version)
    )


def pdb_entry(pdb: "Dict[str, Any]") -> "Dict[str, Any]":
    """A budget as the module cluster_info returns it. Pure."""
    meta, spec, status = pdb["metadata"], pdb.get("spec") or {}, pdb.get("status") or {}
    return {
        "namespace": meta["namespace"],
        "name": meta["name"],
        "allowed": status.get("disruptionsAllowed", 0),
        "expected": status.get("expectedPods", 0),
        "healthy": status.get("currentHealthy", 0),
        "desired": status.get("desiredHealthy", 0),
        "min_available": spec.get("minAvailable"),
        "max_unavailable": spec.get("maxUnavailable"),
        "selector": spec.get("selector"),
    }


def read_pdbs(
    client: "Client", namespaces: "Optional[Collection[str]]" = None, version: "Optional[str]" = None
) -> "Tuple[Optional[str], List[Dict[str, Any]]]":
    """The version of the API group policy, and the budgets of some namespaces or of all. Raises KubeError.

    The version is None on a server without budgets. ``version`` is what an earlier call returned.
    """
    version = version or group_version(client, "policy", ("v1", "v1beta1"))
    if version is None:
        return None, []
    if namespaces is None or len(namespaces) > FEW_NAMESPACES:
        return version, client.items("/apis/policy/%s/poddisruptionbudgets" % version, CACHED)
    path = "/apis/policy/%s/namespaces/%s/poddisruptionbudgets"
    return version, [pdb for name in sorted(namespaces) for pdb in client.items(path % (version, name), CACHED)]
