# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node and a cluster as they should be, for the tests of each check: what a test changes is what it is about."""

import copy

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import ALLOW
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge

GIB = 1024**3


# A node as it should be: Debian 12 on dockershim. What the tables below change is what they are about.
INFO = {
    "schema": 1,
    "hostname": "node1",
    "node_name": "node1",
    "os": {
        "id": "debian",
        "family": "debian",
        "pretty_name": "Debian 12",
        "kernel": "6.1.0-40-cloud-amd64",
        "systemd": 252,
    },
    "cgroup": {"version": 2, "hybrid": False},
    "kubelet": {
        "installed": True,
        "running": True,
        "unit": "kubelet.service",
        "version": "1.23.17",
        "oddities": [],
        "dependencies": {"wants": ["network-online.target"]},
        "cgroup_driver": "systemd",
        "network_plugin": "cni",
        "cni_bin_dir": "/opt/cni/bin",
        "cni_conf_dir": "/etc/cni/net.d",
        "effective": {},
        "pause_image": "k8s.gcr.io/pause:3.6",
        "args": {},
        "config": {},
    },
    "runtime": {"in_use": "docker", "shim": "dockershim", "evidence": "no --container-runtime=remote"},
    "docker": {
        "installed": True,
        "running": True,
        "api_ok": True,
        "version": "20.10.24",
        "family": "docker.io",
        "cgroup_driver": "systemd",
        "data_root": "/var/lib/docker",
        "dependencies": {"wants": ["containerd.service"], "requires": ["docker.socket"]},
        "needed_by": [],
        "daemon_json": {
            "exists": True,
            "valid": True,
            "path": "/etc/docker/daemon.json",
            "byte_order_mark": False,
            "empty": False,
            "trailing": False,
            "conflicts": [],
            "doubled": [],
            "mistyped": [],
        },
        "settings": {
            "exec-opts": {"value": ["native.cgroupdriver=systemd"], "sources": ["/etc/docker/daemon.json"]},
            "storage-driver": {"value": "overlay2", "sources": ["/etc/docker/daemon.json"]},
        },
        "environment": ["PATH"],
        "default_ulimits": {},
        "containers": {"total": 4, "kubernetes": 4, "foreign": []},
        "images": [
            {"id": "sha256:1", "tags": ["web:1"], "digests": [], "size": GIB, "in_use": True, "local_only": True}
        ],
        "images_bytes": {"all": GIB, "in_use": GIB},
    },
    "containerd": {
        "installed": True,
        "running": True,
        "version": "1.6.20",
        "binary": "/usr/bin/containerd",
        "enabled": "enabled",
        "socket": "/run/containerd/containerd.sock",
        "root": "/var/lib/containerd",
        "config": {"exists": False, "imports": []},
    },
    "crictl": {"installed": False},
    "packages": {
        "manager": "apt",
        "installed": {"docker.io": "20.10.24", "containerd": "1.6.20", "runc": "1.1.5"},
        "candidates": {"cri-tools": "1.36.0"},
        "held": [],
        "simulation": {
            "ok": True,
            "error": "",
            "install": [{"name": "cri-tools", "to": "1.36.0"}],
            "upgrade": [],
            "remove": [],
        },
    },
    "disk": {
        name: {"path": path, "mount": "/", "device": 1, "size": 40 * GIB, "avail": 20 * GIB}
        for name, path in (
            ("kubelet", "/var/lib/kubelet"),
            ("docker", "/var/lib/docker"),
            ("containerd", "/var/lib/containerd"),
        )
    },
    "cni": {
        "conf_dir": "/etc/cni/net.d",
        "active": "10-lab.conflist",
        "missing_plugins": [],
        "files": [{"name": "10-lab.conflist", "cni_version": "0.4.0", "plugins": ["bridge", "portmap"], "ok": True}],
        "bin_dirs": [{"path": "/opt/cni/bin", "plugins": ["bridge", "host-local", "portmap"]}],
    },
    "static_pods": [
        {"file": "static.yaml", "namespace": "kube-system", "name": "keeper", "host_paths": ["/etc/kubernetes"]}
    ],
    "journal": None,
}


# Its Docker pulls through a proxy, which is a blocker.
PROXY = {"docker/settings": {"proxies": {"value": {"http-proxy": "http://p"}, "sources": ["HTTP_PROXY"]}}}


POD = {
    "namespace": "shop",
    "name": "web-1",
    "owner_kind": "ReplicaSet",
    "owner_name": "web-5d",
    "static": False,
    "phase": "Running",
    "host_paths": [],
    "emptydir": False,
    "images": ["web:1"],
    "uid": "u1",
    "owner_gone": False,
    "owner_single": False,
    "labels": {"app": "web"},
    "pdbs": [],
    "tolerates_cordon": False,
    "terminating": False,
    "grace": 30,
}


NODE = {
    "ready": True,
    "unschedulable": False,
    "kubelet_version": "v1.23.17",
    "runtime_version": "docker://20.10.24",
    "annotations": {},
    "pressure": [],
    "pods": [POD],
}


CLUSTER = {
    "reachable": True,
    "missing_rights": [],
    "nodes": {"node1": NODE},
    "node_names": ["node1", "node2"],
    "pdbs": [{"namespace": "shop", "name": "web", "allowed": 1, "expected": 4}],
    "docker_mounts": [],
    "runner": {"on_node": None},
}


SETTINGS = {
    "target": "containerd",
    "allow": [],
    "node_name": "",
    "skip": False,
    "drain_force": False,
    "drain_delete_emptydir": False,
}


FLEET = {"target": "containerd", "allow": []}


# What differs on a node of Kubernetes 1.34, whose kubelet has Docker through cri-dockerd.
CRI_DOCKERD = {
    "runtime/shim": "cri-dockerd",
    "kubelet/version": "1.34.2",
    "containerd/version": "1.7.28",
    "cri_dockerd": {
        "installed": True,
        "running": True,
        "unit": "cri-docker.service",
        "units": ["cri-docker.service", "cri-docker.socket"],
        "needed_by": [],
    },
}


def changed(tree, changes):
    """A copy of the tree with values set at dotted paths."""
    tree = copy.deepcopy(tree)
    for path, value in changes.items():
        place = tree
        *steps, last = path.split("/")
        for step in steps:
            place = place[step]
        place[last] = copy.deepcopy(value)
    return tree


def found(info=INFO, cluster=None, settings=SETTINGS, **kwargs):
    if cluster is None:
        # The API agrees with the node about kubelet's version.
        seen = info and info["kubelet"].get("version")
        cluster = changed(CLUSTER, {"nodes/node1/kubelet_version": "v%s" % seen})
    judged = judge.judge("node1", info, cluster, settings, **kwargs)
    return [item for item in judged if item["token"] not in EVERY]


# Said of every node, each with tests of its own.
EVERY = ("CRI-PF-DRAIN-PLAN", "CRI-PF-CGROUP-V2", "CRI-PF-CGROUP-V1")


def with_exceptions(exception, info):
    """The findings about a node: without any exception, with this one, and with all others."""
    others = [other for other in ALLOW if other != exception]
    return [found(info, settings=dict(SETTINGS, allow=allow)) for allow in ([], [exception], others)]


def tokens(findings, level="blocker"):
    return [item["token"] for item in findings if item["level"] == level]


ONE = [{"host": "node1", "info": INFO, "settings": SETTINGS}]
