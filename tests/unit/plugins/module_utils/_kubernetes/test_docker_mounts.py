# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import docker_mounts as mounts


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
    assert mounts.docker_path(path) == why


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
    found = mounts.docker_mounts(workloads, {"n1": {"pods": pods}})
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
