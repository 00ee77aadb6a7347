# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import copy
import json
import os
import re

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import ALLOW
from ansible_collections.cri.switchover.plugins.module_utils._common.text import version
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import fleet
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.disk import quantity
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

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
        "default_runtime": "runc",
        "runtimes": ["runc"],
        "userns": False,
        "dependencies": {"wants": ["containerd.service"], "requires": ["docker.socket"]},
        "needed_by": [],
        "daemon_json": {
            "exists": True,
            "valid": True,
            "path": "/etc/docker/daemon.json",
            "keys": {"exec-opts": ["native.cgroupdriver=systemd"], "storage-driver": "overlay2"},
        },
        "environment": ["PATH"],
        "proxies": False,
        "registry_mirrors": [],
        "insecure_registries": [],
        "logins": [],
        "default_ulimits": {},
        "exec_start_flags": [],
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


# Told of every node, each with tests of its own.
EVERY = ("CRI-PF-DRAIN-PLAN", "CRI-PF-CGROUP-V2", "CRI-PF-CGROUP-V1")


def tokens(findings, level="blocker"):
    return [re.sub("^CRI-(PF-)?", "", item["token"]) for item in findings if item["level"] == level]


def test_a_good_node_has_no_findings():
    assert found() == []


def test_a_real_nodes_facts():
    """What node_runtime_info returned on a node of the lab: nothing that Debian's packages do is held against them."""
    with open(os.path.join(os.path.dirname(__file__), "lab_node.json")) as stream:
        info = json.load(stream)
    cluster = changed(CLUSTER, {"nodes/node1/kubelet_version": "v1.23.17"})
    assert [f["token"] for f in found(info, cluster)] == ["CRI-PF-LOG-OPTIONS", "CRI-PF-CONTAINERD-CONFIG"]


@pytest.mark.parametrize("unit", ["cri-docker.service", "cri-dockerd.service"])
def test_cri_dockerd_is_a_source_like_dockershim(unit):
    assert found(changed(INFO, dict(CRI_DOCKERD, **{"cri_dockerd/unit": unit}))) == []


def test_every_finding_is_whole():
    for item in found(changed(INFO, {"docker/proxies": True, "cni/active": None, "kubelet/running": False})):
        assert set(item) == {"level", "token", "node", "reason", "remedy", "allow", "allowed", "details"}
        assert item["node"] == "node1" and item["reason"] and item["remedy"]


BLOCKERS = [
    ("OS", {"os/family": "other"}),
    ("SYSTEMD", {"os/systemd": 219}),
    ("SYSTEMD", {"os/systemd": None}),
    ("KERNEL", {"os/kernel": "3.10.0-1160.el7.x86_64"}),
    ("KERNEL", {"os/kernel": "5.0.0"}),
    ("KUBELET", {"kubelet/installed": False}),
    ("KUBELET-VERSION", {"kubelet/version": "1.19.16"}),
    ("KUBELET-DOWN", {"kubelet/running": False}),
    ("VERSIONS", {"kubelet/version": "1.22.17", "containerd/version": "2.1.3"}),
    ("VERSIONS", {"kubelet/version": "1.22.17", "containerd/version": "2.0.0-rc.1"}),
    ("VERSIONS", {"kubelet/version": "1.26.0", "containerd/version": "1.6.14"}),
    ("VERSIONS", {"containerd/version": "1.5.9"}),
    ("VERSIONS", {"containerd/version": None}),
    # Not installed: the candidate is what will serve the node.
    (
        "VERSIONS",
        {
            "kubelet/version": "1.22.17",
            "containerd/installed": False,
            "docker/family": "docker-ce",
            "packages/installed": {"docker-ce": "20.10"},
            "packages/candidates": {"containerd.io": "2.1.3-1", "containerd": "1.6.20", "cri-tools": "1.36"},
        },
    ),
    (
        "CNI-VERSION",
        {
            "containerd/version": "1.6.2",
            "cni/files": [{"name": "10-lab.conflist", "cni_version": None, "plugins": ["bridge"], "ok": True}],
        },
    ),
    ("CGROUP-DRIVER", {"docker/cgroup_driver": "cgroupfs"}),
    ("CGROUP-DRIVER", {"kubelet/cgroup_driver": None}),
    ("SOURCE", dict(CRI_DOCKERD, **{"cri_dockerd/unit": None})),
    ("SOURCE", dict(CRI_DOCKERD, **{"cri_dockerd/unit": "shims.service"})),
    ("SOURCE", dict(CRI_DOCKERD, **{"cri_dockerd/running": False})),
    ("SOURCE", dict(CRI_DOCKERD, **{"cri_dockerd/docker_endpoint": "unix:///run/other.sock"})),
    ("NETWORK-PLUGIN", dict(CRI_DOCKERD, **{"kubelet/network_plugin": ""})),
    ("SOURCE", {"runtime/in_use": "unknown"}),
    ("DOCKER-DOWN", {"docker/api_ok": False}),
    ("DOCKER-BOUND", {"docker/dependencies": {"binds_to": ["containerd.service"]}}),
    ("DOCKER-BOUND", {"docker/dependencies": {"part_of": ["containerd.service"]}}),
    ("DOCKER-BOUND", {"docker/dependencies": {"requires": ["containerd.service", "docker.socket"]}}),
    ("DAEMON-JSON", {"docker/daemon_json/valid": False}),
    ("DISK", {"disk/containerd/avail": 7 * GIB}),
    ("DISK", {"docker/images_bytes": {"all": 9 * GIB, "in_use": 9 * GIB}}),
    ("DISK", {"docker/images": [{"tags": ["a:1"], "size": 9 * GIB, "in_use": False, "local_only": True}]}),
    ("DISK", {"kubelet/effective": {"imageGCHighThresholdPercent": 50}}),
    ("DISK", {"kubelet/effective": {"evictionHard": {"imagefs.available": "19Gi"}}}),
    ("DISK", {"kubelet/effective": {"evictionHard": {"nodefs.available": "50%"}}}),
    ("DISK-FTYPE", {"disk/containerd/ftype_ok": False}),
    ("DISK-UNKNOWN", {"disk": {}}),
    ("KUBENET", {"kubelet/network_plugin": "kubenet"}),
    ("NETWORK-PLUGIN", {"kubelet/network_plugin": ""}),
    ("CNI-CONFIG", {"cni/active": None}),
    ("CNI-PLUGINS", {"cni/missing_plugins": ["portmap"]}),
    (
        "CNI-DIRS",
        {
            "kubelet/cni_bin_dir": "/a,/b",
            "cni/bin_dirs": [{"path": "/a", "plugins": ["bridge"]}, {"path": "/b", "plugins": ["portmap"]}],
        },
    ),
    ("PACKAGE-MANAGER", {"packages/manager": "zypper"}),
    ("PACKAGE-MISSING", {"packages/candidates": {"cri-tools": None}}),
    ("PACKAGES", {"packages/simulation": {"ok": False, "error": "unmet dependencies"}}),
    ("PACKAGES-HELD", {"packages/held": ["cri-tools"]}),
    ("PACKAGES-HELD", {"packages/held": ["socat"], "packages/simulation/install": [{"name": "socat", "to": "1"}]}),
    ("PACKAGES-UPGRADE", {"packages/simulation/upgrade": [{"name": "runc", "from": "1.0", "to": "1.1"}]}),
    ("PACKAGES-REMOVE", {"packages/simulation/remove": [{"name": "docker.io", "from": "20.10"}]}),
    ("CONTAINERD-UNIT", {"containerd/enabled": None}),
    ("CONTAINERD-UNIT", {"containerd/enabled": "masked"}),
    ("CONTAINERD-SOCKET", {"containerd/socket": "/run/other.sock"}),
    ("FACTS", {"cni": {"error": "boom", "active": "x", "files": []}}),
    ("JOURNAL-VERSION", {"journal": {"phase": "switching", "run_id": "r1", "tool_version": "0.0.1"}}),
    ("JOURNAL-VERSION", {"journal": {"phase": "revert_blocked", "run_id": "r1", "tool_version": "0.0.1"}}),
    ("JOURNAL-LOCKED", {"journal": {"phase": "staged", "lock": {"owner": "bob", "seconds_left": 20}}}),
    ("JOURNAL-BROKEN", {"journal": {"phase": "revert_failed", "run_id": "r1"}}),
    ("JOURNAL-UNREADABLE", {"journal": {"error": "journal.json is not readable"}}),
    ("JOURNAL-NEWER", {"journal": {"phase": "finalized", "newer": True, "tool_version": "9.0.0"}}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


ALLOWABLE = [
    ("registry-mirrors", "REGISTRY-MIRRORS", {"docker/registry_mirrors": ["https://mirror.example"]}),
    ("insecure-registries", "INSECURE-REGISTRIES", {"docker/insecure_registries": ["10.0.0.0/8"]}),
    ("registry-logins", "REGISTRY-LOGINS", {"docker/logins": ["registry.example"]}),
    ("proxies", "PROXIES", {"docker/proxies": True}),
    ("default-runtime", "DEFAULT-RUNTIME", {"docker/default_runtime": "nvidia"}),
    ("userns-remap", "USERNS-REMAP", {"docker/userns": True}),
    ("default-ulimits", "DEFAULT-ULIMITS", {"docker/default_ulimits": {"nofile": {"Hard": 1}}}),
    ("data-root", "DATA-ROOT", {"docker/data_root": "/data/docker"}),
    ("docker-environment", "DOCKER-ENVIRONMENT", {"docker/environment": ["PATH", "DOCKER_RAMDISK"]}),
    (
        "foreign-containers",
        "FOREIGN-CONTAINERS",
        {"docker/containers/foreign": [{"id": "1", "name": "etcd", "image": "etcd:3", "state": "running"}]},
    ),
    ("daemon-settings", "LOG-DRIVER", {"docker/daemon_json/keys": {"log-driver": "journald"}}),
    ("daemon-settings", "DAEMON-SETTINGS", {"docker/daemon_json/keys": {"seccomp-profile": "/x.json"}}),
    ("daemon-settings", "DAEMON-SETTINGS", {"docker/daemon_json/keys": {"storage-opts": ["overlay2.size=10G"]}}),
    ("daemon-settings", "DAEMON-SETTINGS", {"docker/exec_start_flags": ["--authorization-plugin=x"]}),
    (
        "docker-socket-mounts",
        "DOCKER-MOUNTS",
        {
            "static_pods": [
                {"file": "a.yaml", "namespace": "kube-system", "name": "agent", "host_paths": ["/var/run/docker.sock"]}
            ]
        },
    ),
]


@pytest.mark.parametrize("word, token, changes", ALLOWABLE)
def test_a_word_turns_a_blocker_into_a_warning(word, token, changes):
    info = changed(INFO, changes)
    blocked = found(info)
    assert tokens(blocked) == [token]
    assert blocked[0]["allow"] == word and "add %s to switchover_allow" % word in blocked[0]["remedy"]
    allowed = found(info, settings=dict(SETTINGS, allow=[word]))
    assert tokens(allowed) == [] and tokens(allowed, "warning") == [token] and allowed[0]["allowed"]
    others = [other for other in ALLOW if other != word]
    assert tokens(found(info, settings=dict(SETTINGS, allow=others))) == [token]


WARNINGS = [
    ("KERNEL", {"os/kernel": "5.4.0-150-generic"}),
    ("KUBELET-VERSION", {"kubelet/version": "1.38.0", "containerd/version": "2.3.0"}),
    ("KUBELET-ODDITY", {"kubelet/oddities": ["--foo twice"]}),
    ("VERSIONS", {"kubelet/version": "1.36.1", "containerd/version": "1.7.29"}),
    ("VERSIONS", {"kubelet/version": "1.34.2", "containerd/version": "1.7.24~ds1-6+deb13u1"}),
    ("VERSIONS", {"kubelet/version": "1.35.0", "containerd/version": "1.6.39"}),
    ("CGROUP-DRIVER", {"kubelet/cgroup_driver": "cgroupfs", "docker/cgroup_driver": "cgroupfs"}),
    ("DOCKER-NEEDED", {"docker/needed_by": ["builder.service"]}),
    ("DOCKER-NEEDED", dict(CRI_DOCKERD, **{"cri_dockerd/needed_by": ["builder.service"]})),
    ("KUBELET-UNIT", {"kubelet/dependencies": {"wants": ["cri-dockerd.service"]}}),
    ("MANY-IMAGES", {"docker/images_truncated": True}),
    ("LOG-OPTIONS", {"docker/daemon_json/keys": {"log-driver": "json-file", "log-opts": {"max-size": "100m"}}}),
    ("KUBELET-UNIT", {"kubelet/dependencies": {"requires": ["docker.service"]}}),
    ("KUBELET-UNIT", {"kubelet/dependencies": {"wants": ["docker.socket"]}}),
    ("CONTAINERD-CONFIG", {"containerd/config": {"exists": True, "path": "/x", "imports": ["/x.d/*.toml"]}}),
    ("DISK", {"disk/containerd/avail": 7 * GIB, "journal": {"phase": "staged"}}),
    ("CONFIG-MANAGEMENT", {"config_management": [{"unit": "puppet.service", "active": True, "enabled": False}]}),
    ("STATIC-POD", {"static_pods": [{"file": "odd.yaml", "error": "line 3"}]}),
    ("FACTS", {"kernel": {"error": "odd"}}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


def test_configuration_management_is_named():
    units = [
        {"unit": "chef-client.timer", "active": False, "enabled": True},
        {"unit": "puppet.service", "active": True, "enabled": True},
    ]
    (finding,) = found(changed(INFO, {"config_management": units}))
    assert "chef-client.timer starts at boot, puppet.service runs" in finding["reason"]
    assert finding["details"] == {"units": units} and finding["node"] == "node1"


NOTES = [
    ("CGROUP-HYBRID", {"cgroup": {"version": 1, "hybrid": True}}),
    ("ENDED-CONTAINERS", {"docker/containers/foreign": [{"name": "old", "image": "x", "state": "exited"}]}),
    ("RUNTIMES", {"docker/runtimes": ["runc", "nvidia"]}),
    ("CONTAINERD-CONFIG", {"containerd/config": {"exists": True, "path": "/x", "imports": []}}),
]


@pytest.mark.parametrize("token, changes", NOTES)
def test_notes(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "note") == [token] and len(findings) == 1


# No findings at all: looks odd, and is well.
FINE = [
    {"kubelet/version": "1.23.17", "containerd/version": "2.0.4"},
    {"kubelet/version": "1.22.17", "containerd/version": "1.7.24"},
    {"docker/environment": ["HTTP_PROXY", "NO_PROXY"]},
    {
        "docker/daemon_json/keys": {
            "storage-opts": ["dm.thinpooldev=/dev/x"],
            "live-restore": True,
            "bip": "10.1.0.1/16",
        }
    },
    {"docker/exec_start_flags": ["-H", "--log-level=info", "--bip=10.1.0.1/16"]},
    {"crictl/installed": True, "packages/manager": None},
    {"kubelet/effective": {"evictionHard": {"memory.available": "5%"}}, "disk/containerd/avail": 9 * GIB},
    # Images on a disk of their own: nodefs does not count there.
    {
        "disk/containerd": {"mount": "/var/lib/containerd", "device": 2, "size": 10 * GIB, "avail": 9 * GIB},
        "kubelet/effective": {"evictionHard": {"nodefs.available": "90%", "imagefs.available": "5%"}},
    },
    {"kubelet/cni_bin_dir": "/a,/opt/cni/bin"},
    {"kubelet/version": "1.34.2", "containerd/version": "1.7.28"},
    {"kubelet/version": "1.34.2", "containerd/version": "2.2.1"},
    {"kubelet/version": "1.28.0", "containerd/version": "1.6.20"},
    {"docker/data_root": "/var/lib/docker/"},
    {"journal": {"phase": "staged", "run_id": "r1"}},
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []


NODE_FINDINGS = [
    ("blocker", "NODE-NAME", {"nodes": {"other": NODE}}),
    ("blocker", "NODE-MISMATCH", {"nodes/node1/runtime_version": "containerd://1.6.20"}),
    # Of another name, or of none: it is not known to be this machine.
    ("blocker", "NODE-MISMATCH", {"nodes/node1/runtime_version": "containerd://Unknown"}),
    ("blocker", "NODE-MISMATCH", {"nodes/node1/runtime_version": None}),
    ("note", "RUNTIME-UNREPORTED", {"nodes/node1/runtime_version": "docker://Unknown"}),
    ("blocker", "KUBELET-RESTART", {"nodes/node1/kubelet_version": "v1.22.17"}),
    ("blocker", "NOT-READY", {"nodes/node1/ready": False}),
    ("blocker", "RUNNER", {"runner/on_node": "node1"}),
    ("warning", "PRESSURE", {"nodes/node1/pressure": ["DiskPressure"]}),
    ("note", "CORDONED", {"nodes/node1/unschedulable": True}),
    (
        "note",
        "CORDONED-BY-RUN",
        {"nodes/node1/unschedulable": True, "nodes/node1/annotations": {"cri.switchover/cordon": "{}"}},
    ),
    ("blocker", "UNMANAGED-PODS", {"nodes/node1/pods": [dict(POD, owner_kind=None)]}),
    ("blocker", "EMPTYDIR-PODS", {"nodes/node1/pods": [dict(POD, emptydir=True)]}),
    ("blocker", "CONTROLLER-GONE-PODS", {"nodes/node1/pods": [dict(POD, owner_gone=True)]}),
    ("blocker", "TWO-PDBS-PODS", {"nodes/node1/pods": [dict(POD, pdbs=["shop/a", "shop/b"])]}),
    ("warning", "SINGLE-REPLICA-PODS", {"nodes/node1/pods": [dict(POD, owner_single=True)]}),
    ("warning", "GRACE-PODS", {"nodes/node1/pods": [dict(POD, grace=901)]}),
    ("warning", "DIGEST-IMAGES", {"nodes/node1/pods": [dict(POD, images=["web@sha256:0"])]}),
    ("blocker", "DOCKER-MOUNTS", {"nodes/node1/pods": [dict(POD, host_paths=["/run"])]}),
    ("blocker", "DOCKER-MOUNTS", {"nodes/node1/pods": [dict(POD, host_paths=["/var/lib/docker/containers"])]}),
]


@pytest.mark.parametrize("level, token, changes", NODE_FINDINGS)
def test_the_clusters_word(level, token, changes):
    findings = found(cluster=changed(CLUSTER, changes))
    assert tokens(findings, level) == [token] and len(findings) == 1


@pytest.mark.parametrize(
    "pod",
    [
        dict(POD, owner_kind=None, phase="Succeeded"),
        dict(POD, owner_kind="DaemonSet", emptydir=True),
        dict(POD, owner_kind="Node", static=True, emptydir=True),
        dict(POD, host_paths=["/run/xtables.lock", "/var/log", "/lib/modules"]),
    ],
)
def test_pods_that_are_no_trouble(pod):
    assert found(cluster=changed(CLUSTER, {"nodes/node1/pods": [pod]})) == []


def test_pods_of_a_workload_are_told_once():
    pod = dict(POD, owner_kind="DaemonSet", owner_name="agent", host_paths=["/var/run/docker.sock"])
    mount = {
        "kind": "DaemonSet",
        "namespace": "shop",
        "name": "agent",
        "paths": ["/var/run/docker.sock"],
        "why": ["socket"],
    }
    cluster = changed(CLUSTER, {"nodes/node1/pods": [pod], "docker_mounts": [mount]})
    assert found(cluster=cluster) == []
    assert tokens(judge.judge_fleet([{"host": "a", "info": INFO, "settings": SETTINGS}], cluster, FLEET)) == [
        "DOCKER-MOUNTS"
    ]


def test_a_static_pod_is_told_once():
    info = changed(INFO, {"static_pods": [{"file": "a", "namespace": "shop", "name": "a", "host_paths": ["/run"]}]})
    pod = dict(POD, name="a-node1", owner_kind="Node", owner_name="node1", static=True, host_paths=["/run"])
    findings = found(info, changed(CLUSTER, {"nodes/node1/pods": [pod]}))
    assert list(findings[0]["details"]["mounts"]) == ["static pod shop/a"]


def test_another_data_root_is_dockers_too():
    info = changed(INFO, {"docker/data_root": "/data/docker"})
    cluster = changed(CLUSTER, {"nodes/node1/pods": [dict(POD, host_paths=["/data/docker/containers"])]})
    assert tokens(found(info, cluster)) == ["DATA-ROOT", "DOCKER-MOUNTS"]


def test_another_name_than_kubelets():
    cluster = changed(CLUSTER, {"nodes": {"alias": NODE}})
    assert tokens(found(cluster=cluster, settings=dict(SETTINGS, node_name="alias")), "warning") == ["NODE-NAME"]


def test_drain_settings_settle_pods():
    pods = [dict(POD, owner_kind=None, emptydir=True)]
    settings = dict(SETTINGS, drain_force=True, drain_delete_emptydir=True)
    assert found(cluster=changed(CLUSTER, {"nodes/node1/pods": pods}), settings=settings) == []


DELETES = dict(SETTINGS, drain_disable_eviction=True)


@pytest.mark.parametrize(
    "settings, pod, wanted",
    [
        (dict(SETTINGS, drain_timeout="1000"), dict(POD, grace=901), []),
        (dict(SETTINGS, drain_grace="0"), dict(POD, grace=901), []),
        (dict(SETTINGS, drain_grace=901), POD, ["CRI-PF-GRACE-PODS"]),
        (dict(SETTINGS, drain_selector="app=db"), dict(POD, emptydir=True), []),
        (dict(SETTINGS, drain_selector="app=web"), dict(POD, emptydir=True), ["CRI-PF-EMPTYDIR-PODS"]),
        (dict(SETTINGS, drain_selector=""), dict(POD, emptydir=True), ["CRI-PF-EMPTYDIR-PODS"]),
        (dict(SETTINGS, drain_skip_namespaces=["shop"]), dict(POD, owner_kind=None), []),
        (dict(SETTINGS, drain_force=True), dict(POD, owner_gone=True), []),
        (DELETES, dict(POD, pdbs=["shop/a", "shop/b"]), ["CRI-PF-NO-EVICTION"]),
        (SETTINGS, dict(POD, owner_kind=None, emptydir=True), ["CRI-PF-EMPTYDIR-PODS", "CRI-PF-UNMANAGED-PODS"]),
    ],
)
def test_settings_of_the_drain_count(settings, pod, wanted):
    cluster = changed(CLUSTER, {"nodes/node1/pods": [pod]})
    assert [item["token"] for item in found(cluster=cluster, settings=settings)] == wanted


@pytest.mark.parametrize("may, blocked", [(True, []), (False, ["RIGHTS"])])
def test_a_drain_that_deletes_needs_that_right(may, blocked):
    assert tokens(found(cluster=dict(CLUSTER, rights={"delete pods": may}), settings=DELETES)) == blocked


def test_the_plan_of_the_drain_is_shown_pod_by_pod():
    pods = [
        dict(POD, owner_single=True, pdbs=["shop/web"]),
        dict(POD, name="agent", owner_kind="DaemonSet"),
        dict(POD, name="old", terminating=True),
    ]
    pdbs = [{"namespace": "shop", "name": "web", "allowed": 0, "expected": 4}]
    cluster = changed(CLUSTER, {"nodes/node1/pods": pods, "pdbs": pdbs})
    judged = judge.judge("node1", INFO, cluster, SETTINGS)
    (plan,) = [item for item in judged if item["token"] == "CRI-PF-DRAIN-PLAN"]
    assert plan["level"] == "note"
    assert plan["details"]["evict"] == [
        {"pod": "shop/web-1", "reason": "ReplicaSet", "warnings": ["single-replica", "pdb-exhausted"]},
        {"pod": "shop/old", "reason": "terminating", "warnings": []},
    ]
    assert plan["details"]["leave"] == [{"pod": "shop/agent", "reason": "daemonset", "warnings": []}]
    assert plan["reason"] == (
        "a drain evicts 2 pods - shop/web-1 (ReplicaSet, single-replica, pdb-exhausted), shop/old (terminating), "
        "leaves 1 - shop/agent (daemonset)"
    )


def test_a_node_on_its_target_is_done():
    info = changed(
        INFO,
        {
            "runtime": {"in_use": "containerd", "evidence": "its endpoint"},
            "docker/proxies": True,
            "docker/running": False,
            "journal": {"phase": "finalized"},
        },
    )
    cluster = changed(
        CLUSTER, {"nodes/node1/runtime_version": "containerd://1.6.20", "nodes/node1/kubelet_version": "v1.22.0"}
    )
    assert [(f["level"], f["token"]) for f in found(info, cluster)] == [("note", "CRI-PF-DONE")]


@pytest.mark.parametrize(
    "reported, words",
    [
        ("docker://Unknown", "node node1 is on docker, whose version kubelet has not reported yet"),
        ("containerd://Unknown", "but the cluster's node node1 is on containerd, whose version kubelet has not"),
        (None, "but the cluster's node node1 is on a runtime that kubelet has not reported yet"),
    ],
)
def test_a_runtime_that_kubelet_has_not_reported_is_not_called_wrong(reported, words):
    (told,) = found(cluster=changed(CLUSTER, {"nodes/node1/runtime_version": reported}))
    assert words in told["reason"] and "kubelet" in told["remedy"]
    assert told["details"] == {"seen": "docker", "cluster": reported}


def test_a_target_that_did_not_answer_kubelet_is_told_of_a_node_that_is_done():
    info = changed(INFO, {"runtime": {"in_use": "containerd"}, "journal": {"phase": "finalized"}})
    told = found(info, changed(CLUSTER, {"nodes/node1/runtime_version": "containerd://Unknown"}))
    assert tokens(told) == [] and tokens(told, "note") == ["DONE", "RUNTIME-UNREPORTED"]


RESUMED = [
    ("note", "JOURNAL-RESUMED", "switching"),
    ("note", "JOURNAL-RESUMED", "reverting"),
    ("note", "JOURNAL-RESUMED", "switched"),
    ("warning", "JOURNAL-REVERT_BLOCKED", "revert_blocked"),
    ("note", "JOURNAL-RESUMED", "confirmed"),
    ("warning", "JOURNAL-REVERTED", "reverted"),
]
# In the middle of it nothing of a node need be well.
HALF_WAY = {
    "kubelet/running": False,
    "kubelet/version": None,
    "docker/running": False,
    "docker/api_ok": False,
    "docker/proxies": True,
    "cni/active": None,
    "containerd/enabled": "masked",
    "disk/containerd/avail": 0,
    "packages/simulation": {"ok": False, "error": "locked"},
    "packages": {"error": "dpkg was interrupted"},
}
HALF_WAY_CLUSTER = {
    "nodes/node1/ready": False,
    "nodes/node1/runtime_version": "other://1",
    "nodes/node1/kubelet_version": "v1.22.0",
    "nodes/node1/pods": [dict(POD, owner_kind=None, emptydir=True)],
    "nodes/node1/unschedulable": True,
    "nodes/node1/annotations": {"cri.switchover/cordon": "{}"},
    "runner/on_node": "node1",
}


@pytest.mark.parametrize("level, token, phase", RESUMED)
def test_what_concerns_a_fresh_switch_does_not_block_one_that_was_begun(level, token, phase):
    journal = {"phase": phase, "run_id": "r1", "owner": "ann", "why": "CRI-X: y", "tool_version": VERSION}
    in_use = {"confirmed": "containerd", "reverted": "docker"}.get(phase, "unknown")
    info = changed(INFO, dict(HALF_WAY, journal=journal, runtime={"in_use": in_use}))
    findings = found(info, changed(CLUSTER, HALF_WAY_CLUSTER))
    assert tokens(findings) == []
    assert sorted(tokens(findings, level) + tokens(findings, "note")) == sorted(
        {token, "CORDONED-BY-RUN"} if level == "warning" else [token, "CORDONED-BY-RUN"] * 2
    )
    # Who it is must be certain all the same, and nobody else may work on it.
    assert tokens(found(info, changed(CLUSTER, {"nodes": {"other": NODE}}))) == ["NODE-NAME"]
    silent = changed(CLUSTER, dict(HALF_WAY_CLUSTER, **{"nodes/node1/runtime_version": "%s://Unknown" % in_use}))
    assert found(info, silent) == findings
    held = changed(info, {"journal/lock": {"owner": "bob", "seconds_left": 9}})
    assert tokens(found(held, changed(CLUSTER, HALF_WAY_CLUSTER))) == ["JOURNAL-LOCKED"]
    assert tokens(found(info, unreachable=True)) == ["UNREACHABLE"]


def test_a_node_that_went_back_is_told_why():
    info = changed(INFO, {"journal": {"phase": "reverted", "run_id": "r1", "why": "CRI-VERIFY-READY: not Ready"}})
    told = found(info)
    assert tokens(told, "warning") == ["JOURNAL-REVERTED"] and len(told) == 1
    assert "CRI-VERIFY-READY: not Ready" in told[0]["reason"] and "switchover_retry: true" in told[0]["remedy"]
    again = found(changed(info, {"docker/proxies": True}), settings=dict(SETTINGS, retry=True))
    assert tokens(again, "note") == ["JOURNAL-REVERTED"]
    assert tokens(again) == ["PROXIES"]  # tried again: then all of it counts


def test_a_node_that_was_asked_to_go_back_has_nothing_to_mend():
    journal = {"phase": "reverted", "reason": "CRI-CUTOVER-ASKED", "why": "CRI-CUTOVER-ASKED: it was asked for"}
    told = found(changed(INFO, {"journal": journal}))
    assert "it was asked for" in told[0]["reason"] and "To switch it again: switchover_retry" in told[0]["remedy"]


def test_a_finalized_node_that_is_still_cordoned_by_us_is_taken_up():
    journal = {"phase": "finalized", "tool_version": "0.0.1"}
    info = changed(INFO, {"runtime": {"in_use": "containerd"}, "journal": journal})
    seen = {
        "nodes/node1/runtime_version": "containerd://1",
        "nodes/node1/annotations": {"cri.switchover/cordon": "{}"},
    }
    assert sorted(tokens(found(info, changed(CLUSTER, seen)), "note")) == ["CORDONED-BY-RUN", "JOURNAL-RESUMED"]


@pytest.mark.parametrize(
    "node, words",
    [
        ({}, "the cluster has it Ready on docker://20.10.24"),
        ({"ready": False, "unschedulable": True}, "not Ready on docker://20.10.24, cordoned, not by a run of ours"),
        ({"runtime_version": "docker://Unknown"}, "Ready on docker, whose version kubelet has not reported yet"),
        ({"runtime_version": None}, "Ready on a runtime that kubelet has not reported yet"),
        (
            {"annotations/cri.switchover~1cordon": '{"run_id": "r1", "was_unschedulable": false, "at": "T"}'},
            "cordoned by the run r1 at T, which has not given it back",
        ),
        ({"annotations/cri.switchover~1cordon": "{}"}, "cordoned by a run of ours"),
        (None, "the cluster knows no node of the name node1"),
    ],
)
def test_an_unreachable_host_is_told_with_what_the_cluster_knows(node, words):
    nodes = {"node1": {"ready": True, "runtime_version": "docker://20.10.24", "annotations": {}}}
    if node is None:
        nodes = {}
    else:
        for key, value in node.items():
            first, _slash, rest = key.partition("/")
            if rest:
                nodes["node1"][first][rest.replace("~1", "/")] = value
            else:
                nodes["node1"][first] = value
    cluster = {"reachable": True, "nodes": nodes}
    (told,) = judge.judge("node1", None, cluster, SETTINGS, unreachable=True, error="timed out")
    assert tokens([told]) == ["UNREACHABLE"]
    assert "timed out" in told["reason"] and words in told["reason"]


def test_hosts_without_facts():
    assert tokens(found(None, unreachable=True, error="timed out")) == ["UNREACHABLE"]
    (told,) = judge.judge("node1", None, {"reachable": False}, SETTINGS, unreachable=True)
    assert told["reason"] == "the host does not answer: no connection"
    assert tokens(found(None, error="no Python")) == ["NO-FACTS"]
    assert tokens(found(None, unreachable=True, settings=dict(SETTINGS, skip=True)), "note") == ["SKIPPED"]


ONE = [{"host": "node1", "info": INFO, "settings": SETTINGS}]
TWO = ONE + [{"host": "twin", "info": INFO, "settings": SETTINGS}]
FLEET_FINDINGS = [
    ("NO-NODES", [], {}, {}),
    ("NODE-TWICE", TWO, {}, {}),
    ("API", ONE, {"reachable": False, "error": {"reason": "X", "msg": "connection refused"}}, {}),
]


@pytest.mark.parametrize("token, hosts, cluster, settings", FLEET_FINDINGS)
def test_the_run_as_a_whole(token, hosts, cluster, settings):
    assert tokens(judge.judge_fleet(hosts, dict(CLUSTER, **cluster), dict(FLEET, **settings))) == [token]


def test_each_missing_right_is_named():
    cluster = dict(CLUSTER, missing_rights=["evict pods", "patch nodes"])
    findings = judge.judge_fleet(ONE, cluster, FLEET)
    assert [f["details"]["right"] for f in findings] == ["evict pods", "patch nodes"]


def test_without_its_lease_a_rollout_is_to_be_accepted():
    cluster = dict(CLUSTER, missing_rights=["get leases in kube-node-lease", "patch leases in kube-system"])
    for allow, levels in ([], ["blocker", "blocker"]), (["no-lease"], ["blocker", "warning"]):
        findings = judge.judge_fleet(ONE, cluster, dict(FLEET, allow=allow))
        seen = [(f["token"], f["level"]) for f in findings]
        assert sorted(seen) == list(zip(["CRI-PF-LEASE-RIGHTS", "CRI-PF-RIGHTS"], levels[::-1])), seen


def test_budgets_that_allow_nothing():
    pdbs = [
        {"namespace": "shop", "name": "web", "allowed": 0, "expected": 2},
        {"namespace": "shop", "name": "empty", "allowed": 0, "expected": 0},
    ]
    findings = judge.judge_fleet(ONE, dict(CLUSTER, pdbs=pdbs), FLEET)
    assert findings[0]["details"]["pdbs"] == ["shop/web"] and findings[0]["level"] == "warning"


def test_an_unreachable_api_is_told_once_and_hides_no_node():
    findings = judge.judge_all(
        [
            {"host": "node1", "info": changed(INFO, {"docker/proxies": True}), "settings": SETTINGS},
            {"host": "node2", "info": None, "unreachable": True, "settings": SETTINGS},
        ],
        {},
        FLEET,
    )
    assert [(f["node"], f["token"]) for f in findings] == [
        ("(all)", "CRI-PF-API"),
        ("node1", "CRI-PF-PROXIES"),
        ("node1", "CRI-PF-CGROUP-V2"),
        ("node2", "CRI-PF-UNREACHABLE"),
    ]
    assert judge.summary(findings).splitlines() == [
        "CRI-PREFLIGHT: 3 blockers, nothing was changed.",
        "the whole run: CRI-PF-API: the cluster's API (no server is known) cannot be used: nothing was read from it",
        "node1: CRI-PF-PROXIES: Docker pulls images through a proxy",
        "node2: CRI-PF-UNREACHABLE: the host does not answer: no connection",
    ]
    lines = judge.report(findings)
    assert lines[0] == "the whole run:" and lines[3] == "node1:"
    assert lines[4].startswith("  blocker  CRI-PF-PROXIES: ") and lines[5].startswith("           -> ")


def test_no_blockers_no_summary():
    assert judge.summary([]) == "" and judge.report([]) == []


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("1.6.20~ds1-1+deb12u1", (1, 6, 20)),
        ("v1.23.17", (1, 23, 17)),
        ("5:20.10.24~3-0~debian", (20, 10, 24)),
        ("2.3", (2, 3, 0)),
        ("6.1.0-40-cloud-amd64", (6, 1, 0)),
        ("", None),
        (None, None),
        ("none", None),
    ],
)
def test_versions(text, wanted):
    assert version(text) == wanted


@pytest.mark.parametrize(
    "text, wanted",
    [("10%", 100), ("2.5%", 25), ("1Ki", 1024), ("1Gi", GIB), ("500M", 500 * 1000**2), ("77", 77), ("much", None)],
)
def test_quantities(text, wanted):
    assert quantity(text, 1000) == wanted


@pytest.mark.parametrize(
    "given,found",
    [
        ({"cp": {"switchover_soak": 5}, "w1": {"switchover_soak": 5}, "w2": {"switchover_soak": 5}}, []),
        ({"cp": {}, "w1": {"switchover_soak": 5}, "w2": {"switchover_soak": 5}}, [("switchover_soak", ["w1", "w2"])]),
        ({"cp": {"switchover_only": ["a"]}, "w1": {"switchover_only": ["a"]}, "w2": {}}, [("switchover_only", ["w2"])]),
        ({"cp": {}}, []),
        ({}, []),
    ],
)
def test_what_is_of_the_whole_run_is_the_same_for_all(given, found):
    assessments = [{"host": host, "settings": {"skip": host == "cp", "run_wide": given[host]}} for host in given]
    findings = list(fleet.judge_settings(assessments))
    assert [(f["details"]["setting"], f["details"]["hosts"]) for f in findings] == found
    assert all(f["token"] == "CRI-PF-SETTINGS-DIFFER" and f["level"] == "blocker" for f in findings)
