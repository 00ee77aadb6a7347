# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import capacity


def requesting(cpu, memory, init=None, kind="ReplicaSet", phase="Running"):
    def container(cpu, memory):
        return {"resources": {"requests": {"cpu": cpu, "memory": memory}}}

    spec = {"containers": [container(cpu, memory), {"name": "requests nothing"}]}
    if init:
        spec["initContainers"] = [container(*init)]
    owner = [{"kind": kind, "name": "x", "controller": True}] if kind else []
    return {"metadata": {"ownerReferences": owner}, "spec": spec, "status": {"phase": phase}}


@pytest.mark.parametrize(
    "pod, cpu, memory",
    [
        (requesting("100m", "1Gi"), 0.1, 2**30),
        (requesting("100m", "1Gi", init=("50m", "2Gi")), 0.1, 2 * 2**30),
        ({"metadata": {}}, 0, 0),
    ],
)
def test_what_a_pod_requests(pod, cpu, memory):
    assert capacity.requests(pod) == {"cpu": pytest.approx(cpu), "memory": memory, "pods": 1}


TAKES = {
    "status": {
        "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "10"},
        "conditions": [{"type": "Ready", "status": "True"}],
    }
}


def test_the_capacity_of_a_node():
    pods = [
        requesting("500m", "1Gi"),
        requesting("250m", "1Gi", kind="DaemonSet"),
        requesting("9", "9Gi", phase="Succeeded"),
        requesting("250m", "1Gi", kind=None),
    ]
    entry = capacity.capacity_entry(TAKES, pods)
    assert entry["moves"] == {"cpu": 0.75, "memory": 2 * 2**30, "pods": 2}
    assert entry["free"] == {"cpu": 1.0, "memory": 2**30, "pods": 7}
    assert capacity.capacity_entry(TAKES, pods * 9)["free"] == {"cpu": 0, "memory": 0, "pods": 0}


@pytest.mark.parametrize(
    "change, takes",
    [
        ({"spec": {"unschedulable": True}}, False),
        ({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}, False),
        ({"spec": {"taints": [{"key": "a", "effect": "PreferNoSchedule"}]}}, True),
        ({"status": {}}, False),
        ({}, True),
    ],
)
def test_nodes_that_take_no_pods_have_no_capacity(change, takes):
    assert (capacity.capacity_entry(dict(TAKES, **change), [])["free"] is not None) == takes
