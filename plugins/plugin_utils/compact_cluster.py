# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run keeps of the cluster after its preflight. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster

# What of a pod is compared after the switch, and the images that a revert transfers.
_KEPT = ("namespace", "name", "owner_kind", "owner_name", "static", "ready", "images")


def compact_cluster(cluster: Cluster) -> Cluster:
    """cluster_info's result without what nobody asks for after the preflight: most of what it says of pods.

    Pods are most of that result, and every fork of the run has a copy of it.
    """
    nodes = {
        name: dict(entry, pods=[{key: pod[key] for key in _KEPT if key in pod} for pod in entry.get("pods") or []])
        for name, entry in (cluster.get("nodes") or {}).items()
    }
    return dict(cluster, nodes=nodes)
