# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""External controllers that restart, replace or configure nodes, by what they leave in the API. Pure: no I/O."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional

# kured's lock is an annotation of its DaemonSet: JSON that names the nodes in it.
KURED_LOCK = "/kured-node-lock"

# API group: what it means for a node that is out of service.
GROUPS = {
    "cluster.x-k8s.io": "Cluster API may replace a node that is not Ready: pause its MachineHealthChecks",
    "karpenter.sh": "Karpenter may remove a node that was drained: keep it from disrupting the nodes of this run",
    "machine.openshift.io": "OpenShift may replace a node that is not Ready: pause its MachineHealthChecks",
    "machineconfiguration.openshift.io": "the Machine Config Operator writes files of kubelet: pause it",
    "remediation.medik8s.io": "NodeHealthChecks may restart a node that is not Ready: pause them",
}


def kured(daemonsets: "Iterable[Dict[str, Any]]") -> "Optional[Dict[str, Any]]":
    """kured's ``daemonset`` and the ``nodes`` in its lock; None when the cluster does not have it."""
    for daemonset in daemonsets:
        meta = daemonset["metadata"]
        locks = [value for key, value in (meta.get("annotations") or {}).items() if key.endswith(KURED_LOCK)]
        if locks or meta["name"] == "kured":
            nodes = sorted(set(re.findall(r'"nodeID"\s*:\s*"([^"]+)"', " ".join(locks))))
            return {"daemonset": "%s/%s" % (meta.get("namespace"), meta["name"]), "nodes": nodes}
    return None


def known_groups(groups: "Iterable[Dict[str, Any]]") -> "List[str]":
    """The names of those API groups, as /apis lists them, that stand in GROUPS."""
    return sorted(set(group.get("name") or "" for group in groups) & set(GROUPS))
