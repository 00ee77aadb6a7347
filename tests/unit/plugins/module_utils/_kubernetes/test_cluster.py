# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import cluster


@pytest.mark.parametrize(
    "text, number",
    [
        ("2", 2),
        ("3920m", 3.92),
        ("16Gi", 16 * 2**30),
        ("4028708Ki", 4028708 * 1024),
        ("1k", 1000),
        ("1e3", 1000),
        ("9223372036854775807", 9223372036854775807),
        ("0", 0),
        (110, 110),
        ("1.5G", 1.5e9),
        ("2E", 2e18),
        ("5n", 5e-9),
    ],
)
def test_quantities(text, number):
    assert cluster.quantity(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "x", "Gi", "None"])
def test_what_is_no_quantity(text):
    with pytest.raises(ValueError):
        cluster.quantity(text)


@pytest.mark.parametrize(
    "path, why",
    [
        ("/var/run/docker.sock", "socket"),
        ("/run/docker.sock", "socket"),
        ("/var/run//docker.sock/", "socket"),
        ("/var/run/dockershim.sock", "socket"),
        ("/run/cri-dockerd.sock", "socket"),
        ("/var/lib/docker", "data"),
        ("/var/lib/docker/containers", "data"),
        ("/etc/docker/certs.d", "data"),
        ("/var/run/docker", "data"),
        ("/", "parent"),
        ("//", "parent"),
        ("", "parent"),
        ("/run", "parent"),
        ("/var/run/", "parent"),
        ("/var", "parent"),
        ("/var/lib", "parent"),
        ("/etc", "parent"),
        ("/var/run/../run", "parent"),
        ("/var/lib/docker-data", None),
        ("/etc/docker.d", None),
        ("/run/containerd/containerd.sock", None),
        ("/var/log", None),
        ("/etc/kubernetes/pki", None),
        ("/lib/modules", None),
        ("/run/xtables.lock", None),
    ],
)
def test_host_paths_that_reach_docker(path, why):
    assert cluster.docker_path(path) == why


def workload(name, paths=(), namespace="ops", kind=None, owner=None):
    volumes = [{"name": "v%d" % number, "hostPath": {"path": path}} for number, path in enumerate(paths)]
    spec = {"template": {"spec": {"volumes": volumes}}}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    meta = {"namespace": namespace, "name": name}
    if owner:
        meta["ownerReferences"] = [{"kind": owner[0], "name": owner[1], "controller": True}]
    return {"metadata": meta, "spec": spec}


def entry(name, kind, owner, paths, namespace="ops"):
    return {"namespace": namespace, "name": name, "owner_kind": kind, "owner_name": owner, "host_paths": paths}


SOCKET = ["/var/run/docker.sock"]


def test_workloads_and_pods_that_mount_docker():
    workloads = {
        "DaemonSet": [workload("builder", SOCKET + ["/lib/modules"]), workload("proxy", ["/lib/modules"])],
        "Deployment": [workload("ci", ["/"])],
        "CronJob": [workload("prune", SOCKET, kind="CronJob")],
        "Job": [workload("prune-1", SOCKET, owner=("CronJob", "prune")), workload("once", SOCKET)],
    }
    pods = [
        entry("builder-x", "DaemonSet", "builder", SOCKET),
        entry("ci-5d9f-x", "ReplicaSet", "ci-5d9f", ["/"]),
        entry("prune-1-x", "Job", "prune-1", SOCKET),
        entry("rollout-5d9f-x", "ReplicaSet", "rollout-5d9f", SOCKET),
        entry("static-n1", "Node", "n1", ["/run"]),
        entry("bare", None, None, SOCKET),
        entry("other", "DaemonSet", "builder", SOCKET, namespace="elsewhere"),
        entry("clean", None, None, ["/var/log"]),
    ]
    found = cluster.docker_mounts(workloads, {"n1": {"pods": pods}})
    assert [(e["kind"], e["name"], e["why"], e.get("node")) for e in found] == [
        ("CronJob", "prune", ["socket"], None),
        ("DaemonSet", "builder", ["socket"], None),
        ("Deployment", "ci", ["parent"], None),
        ("Job", "once", ["socket"], None),
        ("Pod", "rollout-5d9f-x", ["socket"], "n1"),
        ("Pod", "static-n1", ["parent"], "n1"),
        ("Pod", "bare", ["socket"], "n1"),
        ("Pod", "other", ["socket"], "n1"),
    ]
    assert found[1]["paths"] == SOCKET


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
    made = cluster.node_entry(NODE, csinode, [])
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
    made = cluster.node_entry({"metadata": {"name": "n", "uid": "u"}}, None, [])
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
    assert cluster.pod_entry(pod) == {
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


def addresses(ip, hostname):
    return {"status": {"addresses": [{"type": "InternalIP", "address": ip}, {"type": "Hostname", "address": hostname}]}}


@pytest.mark.parametrize(
    "hostname, in_pod, local, wanted",
    [
        ("laptop", False, [], None),
        ("laptop", False, ["10.0.0.2"], "n2"),
        ("N1", False, [], "n1"),
        ("runner-x", True, [], "n2"),
        ("runner-x", False, [], None),
    ],
)
def test_the_node_this_runs_on(hostname, in_pod, local, wanted):
    nodes = {"n1": addresses("10.0.0.1", "n1"), "n2": addresses("10.0.0.2", "n2")}
    entries = {"n1": {"pods": []}, "n2": {"pods": [{"name": "runner-x"}]}}
    assert cluster.runner_node(nodes, entries, hostname, in_pod, lambda ip: ip in local) == wanted


@pytest.mark.parametrize(
    "address, local", [("127.0.0.1", True), ("192.0.2.99", False), (None, False), ("nonsense", False)]
)
def test_an_address_of_this_machine(address, local):
    assert cluster.has_address(address) is local


def test_every_right_has_a_name_of_its_own():
    rights = cluster.rights_needed("probes")
    names = [name for name, _attributes in rights]
    assert len(set(names)) == len(names)
    by_name = dict(rights)
    assert by_name["evict pods"] == {"verb": "create", "group": "", "resource": "pods", "subresource": "eviction"}
    assert by_name["create pods in probes"]["namespace"] == "probes"
    assert by_name["get leases in kube-node-lease"]["group"] == "coordination.k8s.io"
    assert set(cluster.LEASE_RIGHTS) < set(names)
    # Rights may be given for this one Lease only, but for its creation.
    assert [by_name[name].get("name") for name in cluster.LEASE_RIGHTS] == [None, "cri-switchover", "cri-switchover"]


def asking(cpu, memory, init=None, kind="ReplicaSet", phase="Running"):
    def container(cpu, memory):
        return {"resources": {"requests": {"cpu": cpu, "memory": memory}}}

    spec = {"containers": [container(cpu, memory), {"name": "asks for nothing"}]}
    if init:
        spec["initContainers"] = [container(*init)]
    owner = [{"kind": kind, "name": "x", "controller": True}] if kind else []
    return {"metadata": {"ownerReferences": owner}, "spec": spec, "status": {"phase": phase}}


@pytest.mark.parametrize(
    "pod, cpu, memory",
    [
        (asking("100m", "1Gi"), 0.1, 2**30),
        (asking("100m", "1Gi", init=("50m", "2Gi")), 0.1, 2 * 2**30),
        ({"metadata": {}}, 0, 0),
    ],
)
def test_what_a_pod_asks_for(pod, cpu, memory):
    assert cluster.requests(pod) == {"cpu": pytest.approx(cpu), "memory": memory, "pods": 1}


TAKES = {
    "status": {
        "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "10"},
        "conditions": [{"type": "Ready", "status": "True"}],
    }
}


def test_the_room_of_a_node():
    pods = [
        asking("500m", "1Gi"),
        asking("250m", "1Gi", kind="DaemonSet"),
        asking("9", "9Gi", phase="Succeeded"),
        asking("250m", "1Gi", kind=None),
    ]
    entry = cluster.room_entry(TAKES, pods)
    assert entry["moves"] == {"cpu": 0.75, "memory": 2 * 2**30, "pods": 2}
    assert entry["free"] == {"cpu": 1.0, "memory": 2**30, "pods": 7}
    assert cluster.room_entry(TAKES, pods * 9)["free"] == {"cpu": 0, "memory": 0, "pods": 0}


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
def test_nodes_that_take_no_pods_have_no_room(change, takes):
    assert (cluster.room_entry(dict(TAKES, **change), [])["free"] is not None) == takes
