# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volumes of pods that leave a node: they are detached once their VolumeAttachments are gone."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import CACHED, get_or_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, List, Optional, Set, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Claims = Set[Tuple[str, Any]]  # namespace and name

ATTACHMENTS = "/apis/storage.k8s.io/v1/volumeattachments"


def claims_of(pod: "Dict[str, Any]") -> "Claims":
    """The namespace and name of each PersistentVolumeClaim that a pod mounts. Pure."""
    meta, found = pod["metadata"], set()
    for volume in (pod.get("spec") or {}).get("volumes") or []:
        if volume.get("persistentVolumeClaim"):
            found.add((meta["namespace"], volume["persistentVolumeClaim"].get("claimName")))
        elif volume.get("ephemeral"):
            found.add((meta["namespace"], "%s-%s" % (meta["name"], volume.get("name"))))
    return found


class Volumes(object):
    """The volumes of one node, during one drain."""

    def __init__(self, client: "Client", node_name: str) -> None:
        self.client, self.node_name = client, node_name
        self._leave = False  # whether pods with claims leave or have left; else no attachment is read
        self._stay: "Claims" = set()  # of pods that stay
        self._names: "Optional[List[str]]" = None  # of the attachments that are waited for

    def note_node(self, node: "Dict[str, Any]") -> None:
        """Note the node as it was before the drain. Its volumes may be those of pods that an earlier drain evicted."""
        status = node.get("status") or {}
        self._leave = self._leave or bool(status.get("volumesAttached") or status.get("volumesInUse"))

    def note(self, pods: "Iterable[Dict[str, Any]]", leaving: "Collection[str]") -> None:
        """Note the pods of the node, as objects. ``leaving`` are the UIDs of those that leave."""
        pods = list(pods)
        self._leave = self._leave or any(claims_of(pod) for pod in pods if pod["metadata"]["uid"] in leaving)
        self._stay = set().union(*(claims_of(pod) for pod in pods if pod["metadata"]["uid"] not in leaving))

    def left(self) -> "Optional[List[str]]":
        """The names of the attachments that still exist; None when no pod had volumes. Raises KubeError."""
        if not self._leave:
            return None
        if self._names is None:
            self._names = self._find()
        self._names = [name for name in self._names if get_or_none(self.client, "%s/%s" % (ATTACHMENTS, name))]
        return self._names

    def _find(self) -> "List[str]":
        kept = set()
        for namespace, name in sorted(self._stay):
            path = "/api/v1/namespaces/%s/persistentvolumeclaims/%s" % (namespace, name)
            kept.add(((get_or_none(self.client, path) or {}).get("spec") or {}).get("volumeName"))
        return [
            found["metadata"]["name"]
            for found in self.client.items(ATTACHMENTS, CACHED)
            if found["spec"].get("nodeName") == self.node_name
            and (found["spec"].get("source") or {}).get("persistentVolumeName") not in kept
        ]
