# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node and its pods as cluster_info has them, and what is expected of them."""

import copy

SINCE = {"lease_renew": "L1", "heartbeat": "H1"}


LATER = {"lease_renew": "L2", "heartbeat": "H2"}


def pod(name="agent-x", owner="agent", static=False, ready=True, ids=("containerd://1",), **other):
    made = {
        "namespace": "kube-system",
        "name": name,
        "owner_kind": "Node" if static else "DaemonSet",
        "owner_name": "n1" if static else owner,
        "static": static,
        "ready": ready,
        "terminating": False,
        "phase": "Running",
        "container_ids": list(ids),
    }
    made.update(other)
    return made


ENTRY = {
    "uid": "u",
    "ready": True,
    "ready_reason": "kubelet is posting ready status",
    "runtime_version": "containerd://1.6.20",
    "pressure": [],
    "allocatable": {"cpu": "2", "memory": "4000000Ki", "pods": "110", "ephemeral-storage": "10000000"},
    "extended": {"nvidia.com/gpu": "2"},
    "csi_drivers": ["csi.a", "csi.b"],
    "pods": [],
}


def entry(**changes):
    return dict(copy.deepcopy(ENTRY), **changes)


def expectation(baseline=None, **changes):
    made = {"node_name": "n1", "version_prefix": "containerd://", "since": SINCE, "baseline": baseline or entry()}
    return dict(made, **changes)


def reasons(unmet):
    return [item["reason"] for item in unmet]
