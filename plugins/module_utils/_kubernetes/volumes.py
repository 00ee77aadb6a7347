# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volumes that pods take along when they leave: gone from the node once their VolumeAttachments are."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import KubeError

ATTACHMENTS = "/apis/storage.k8s.io/v1/volumeattachments"


def claims_of(pod):
    """The (namespace, name) of each PersistentVolumeClaim that a pod mounts. Pure."""
    meta, found = pod["metadata"], set()
    for volume in (pod.get("spec") or {}).get("volumes") or []:
        if volume.get("persistentVolumeClaim"):
            found.add((meta["namespace"], volume["persistentVolumeClaim"].get("claimName")))
        elif volume.get("ephemeral"):
            found.add((meta["namespace"], "%s-%s" % (meta["name"], volume.get("name"))))
    return found


class Volumes(object):
    def __init__(self, client, node_name):
        self.client, self.node_name = client, node_name
        self._leave = False  # whether pods with claims were to leave, or have left: else nobody is asked
        self._stay: set = set()  # claims of pods that stay
        self._names = None  # attachments waited for

    def note_node(self, node):
        """node: as it was read before the drain. The pods whose volumes these are may have left in an earlier one."""
        status = node.get("status") or {}
        self._leave = self._leave or bool(status.get("volumesAttached") or status.get("volumesInUse"))

    def note(self, pods, leaving):
        """pods: objects. leaving: UIDs of those that are to go."""
        self._leave = self._leave or any(claims_of(pod) for pod in pods if pod["metadata"]["uid"] in leaving)
        self._stay = set().union(*(claims_of(pod) for pod in pods if pod["metadata"]["uid"] not in leaving))

    def left(self):
        """The names of the attachments that are still there; None when nobody had volumes."""
        if not self._leave:
            return None
        if self._names is None:
            self._names = self._find()
        self._names = [name for name in self._names if self._get("%s/%s" % (ATTACHMENTS, name))]
        return self._names

    def _find(self):
        kept = set()
        for namespace, name in sorted(self._stay):
            claim = self._get("/api/v1/namespaces/%s/persistentvolumeclaims/%s" % (namespace, name)) or {}
            kept.add((claim.get("spec") or {}).get("volumeName"))
        return [
            found["metadata"]["name"]
            for found in self.client.items(ATTACHMENTS, {"resourceVersion": "0"})
            if found["spec"].get("nodeName") == self.node_name
            and (found["spec"].get("source") or {}).get("persistentVolumeName") not in kept
        ]

    def _get(self, path):
        try:
            return self.client.get(path)
        except KubeError as exc:
            if exc.status != 404:
                raise
            return None
