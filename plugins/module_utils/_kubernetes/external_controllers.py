# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Others that restart, replace or write to nodes, by what they leave in the API. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import re

# kured's lock is an annotation of its DaemonSet, JSON that names the nodes in it.
KURED_LOCK = "/kured-node-lock"

# API group: what it means for a node in its window.
GROUPS = {
    "cluster.x-k8s.io": "Cluster API may replace a node that is not Ready: pause its MachineHealthChecks",
    "karpenter.sh": "Karpenter may take away a node that was drained: keep it from disrupting the nodes of this run",
    "machine.openshift.io": "OpenShift may replace a node that is not Ready: pause its MachineHealthChecks",
    "machineconfiguration.openshift.io": "the Machine Config Operator writes files of kubelet: pause it",
    "remediation.medik8s.io": "NodeHealthChecks may restart a node that is not Ready: pause them",
}


def kured(daemonsets):
    """{daemonset, nodes in its lock} of kured; None when there is none."""
    for daemonset in daemonsets:
        meta = daemonset["metadata"]
        locks = [value for key, value in (meta.get("annotations") or {}).items() if key.endswith(KURED_LOCK)]
        if locks or meta["name"] == "kured":
            nodes = sorted(set(re.findall(r'"nodeID"\s*:\s*"([^"]+)"', " ".join(locks))))
            return {"daemonset": "%s/%s" % (meta.get("namespace"), meta["name"]), "nodes": nodes}
    return None


def known_groups(groups):
    """Those of the API's groups, as /apis tells them, that say something."""
    return sorted(set(group.get("name") for group in groups) & set(GROUPS))
