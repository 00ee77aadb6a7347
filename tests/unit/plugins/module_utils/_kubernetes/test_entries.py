# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import entries

NODE = {
    "metadata": {
        "name": "n1",
        "uid": "u",
        "labels": {"topology.kubernetes.io/zone": "a", "node-role.kubernetes.io/control-plane": "", "x": "y"},
        "annotations": {"kubeadm.alpha.kubernetes.io/cri-socket": "/var/run/dockershim.sock", "x": "y"},
    },
    "spec": {"podCIDR": "10.1.0.0/24", "taints": [{"key": "k", "effect": "NoSchedule", "timeAdded": "t"}]},
    "status": {
        "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "InternalIP", "address": "fd00::1"}],
        "allocatable": {"cpu": "2", "memory": "4Gi", "hugepages-2Mi": "0", "nvidia.com/gpu": "1"},
        "conditions": [
            {"type": "DiskPressure", "status": "True"},
            {"type": "MemoryPressure", "status": "False"},
            {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "no network"},
        ],
        "nodeInfo": {"kubeletVersion": "v1.23.17", "containerRuntimeVersion": "docker://20.10.24"},
    },
}


def test_a_node_entry():
    csinode = {"spec": {"drivers": [{"name": "z"}, {"name": "a"}]}}
    made = entries.node_entry(NODE, csinode, [])
    assert made == {
        "uid": "u",
        "unschedulable": False,
        "ready": False,
        "ready_reason": "no network",
        "pressure": ["DiskPressure"],
        "kubelet_version": "v1.23.17",
        "runtime_version": "docker://20.10.24",
        "annotations": {"kubeadm.alpha.kubernetes.io/cri-socket": "/var/run/dockershim.sock"},
        "labels": {"topology.kubernetes.io/zone": "a", "node-role.kubernetes.io/control-plane": ""},
        "taints": [{"key": "k", "effect": "NoSchedule"}],
        "internal_ip": "10.0.0.1",
        "hostname": None,
        "pod_cidr": "10.1.0.0/24",
        "allocatable": {"cpu": "2", "memory": "4Gi", "hugepages-2Mi": "0"},
        "extended": {"nvidia.com/gpu": "1"},
        "csi_drivers": ["a", "z"],
        "pods": [],
    }


def test_a_node_that_says_nothing_yet():
    made = entries.node_entry({"metadata": {"name": "n", "uid": "u"}}, None, [])
    assert (made["ready"], made["runtime_version"], made["csi_drivers"]) == (False, None, [])


def test_a_pod_entry():
    pod = {
        "metadata": {
            "namespace": "ops",
            "name": "p",
            "uid": "u",
            "annotations": {"kubernetes.io/config.mirror": "x"},
            "ownerReferences": [{"kind": "Ignored", "name": "i"}, {"kind": "Node", "name": "n1", "controller": True}],
        },
        "spec": {
            "hostNetwork": True,
            "runtimeClassName": "gvisor",
            "terminationGracePeriodSeconds": 0,
            "volumes": [{"name": "e", "emptyDir": {}}, {"name": "h", "hostPath": {"path": "/run"}}],
            "initContainers": [{"name": "i", "image": "init:1"}],
            "containers": [{"name": "c", "image": "web:1"}, {"name": "d", "image": "web:1"}],
        },
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "initContainerStatuses": [{"imageID": "docker://sha256:0", "containerID": "docker://0"}],
            "containerStatuses": [{"imageID": "docker://sha256:1", "containerID": "docker://1"}, {"imageID": ""}],
        },
    }
    assert entries.pod_entry(pod) == {
        "namespace": "ops",
        "name": "p",
        "uid": "u",
        "owner_kind": "Node",
        "owner_name": "n1",
        "owner_gone": False,
        "owner_single": False,
        "labels": {},
        "pdbs": [],
        "tolerates_cordon": False,
        "static": True,
        "host_network": True,
        "phase": "Running",
        "ready": True,
        "terminating": False,
        "images": ["init:1", "web:1"],
        "image_ids": ["docker://sha256:0", "docker://sha256:1"],
        "host_paths": ["/run"],
        "runtime_class": "gvisor",
        "emptydir": True,
        "grace": 0,
        "container_ids": ["docker://1"],
    }
