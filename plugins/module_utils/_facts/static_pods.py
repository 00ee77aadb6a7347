# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of kubelet's manifest folder. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._facts import yaml_subset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List


def static_pods(name: str, text: str) -> "List[Dict[str, Any]]":
    """The pods of one manifest file as [{file, namespace, name, host_network, host_paths}].

    Raises yaml_subset.YamlError, AttributeError or TypeError for a text that is no manifest.
    """
    pods = []
    for document in yaml_subset.load_all(text):
        documents = document.get("items") or [] if str(document.get("kind", "")).endswith("List") else [document]
        for pod in documents:
            metadata, spec = pod.get("metadata") or {}, pod.get("spec") or {}
            paths = [(volume.get("hostPath") or {}).get("path") for volume in spec.get("volumes") or []]
            pods.append(
                {
                    "file": name,
                    "namespace": metadata.get("namespace") or "default",
                    "name": metadata.get("name"),
                    "host_network": bool(spec.get("hostNetwork")),
                    "host_paths": sorted(path for path in paths if path),
                }
            )
    return pods
