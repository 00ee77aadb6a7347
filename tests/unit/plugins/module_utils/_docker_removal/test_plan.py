# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Docker may go, what that takes, and what must stay."""

import copy
import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import plan as removal
from ansible_collections.cri.switchover.plugins.module_utils._facts import packages

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
NOTHING = {"ok": True, "error": "", "install": [], "upgrade": [], "remove": []}
ID = "c" * 64


def recorded(name):
    with open(os.path.join(HERE, name)) as stream:
        return stream.read()


def facts(**changes):
    """A settled node with Docker of Debian 12, of which nothing is in the way. Keys may be dotted."""
    found = {
        "journal": {"schema": 1, "phase": "settled", "tool_version": "0.1.0"},
        "hold": None,
        "state": ["/var/lib/cri-switchover"],
        "packages": {
            "manager": "apt",
            "installed": {"docker.io": "20.10", "containerd": "1.6", "runc": "1.1", "kubelet": "1.23", "tini": "0.19"},
            "leftover": [],
            "held": ["kubelet"],
            "auto": ["containerd", "runc", "tini"],
            "dockers": ["docker.io"],
            "simulation": dict(NOTHING, remove=[{"name": "docker.io", "from": "20.10"}]),
        },
        "units": {
            "docker.service": {"LoadState": "loaded", "ActiveState": "inactive", "UnitFileState": "disabled"},
            "docker.socket": {"LoadState": "loaded", "ActiveState": "active", "UnitFileState": "disabled"},
        },
        "needed_by": [],
        "unpackaged": [],
        "containers": [],
        "shims": [],
        "pod_processes": {},
        "runtime": {"in_use": "containerd", "evidence": "--container-runtime-endpoint"},
        "network": {"plans": {}, "links": ["docker0"], "left": [], "bridges": ["docker0"]},
        "log_links": ["/var/log/containers/x.log"],
        "run": ["/run/docker.sock", "/run/docker"],
        "data": {
            "root": "/var/lib/docker",
            "real": "/var/lib/docker",
            "exists": True,
            "entries": ["containers", "image", "network", "overlay2"],
            "is_mount": False,
            "device": "8:1",
            "mounts": [],
            "users": [],
            "begun": False,
            "others": ["/etc/docker"],
        },
        "unhealthy": [],
    }
    found = copy.deepcopy(found)
    directory = found["data"]
    found["data"] = {"roots": [directory], "others": directory.pop("others")}
    for path, value in changes.items():
        place, keys = found, path.split("__")
        if keys[0] == "data":
            place, keys = directory, keys[1:]
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value
    return found


def reasons(found, data=False):
    return [item["reason"] for item in removal.blockers(found, data)]


def simulated(name, dockers):
    text = recorded(name)
    plan = dict(packages.apt_plan(0, text, ""), pending=removal.pending_of_apt(text))
    return {"packages__simulation": plan, "packages__dockers": dockers}


CE = ["docker-buildx-plugin", "docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-compose-plugin"]
MOBY = {"Id": ID, "Names": ["/registry"], "Image": "registry:2", "Labels": {}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"journal": None}, ["CRI-REMOVE-UNCONFIRMED"]),
        ({"journal__phase": "confirmed"}, ["CRI-REMOVE-UNCONFIRMED"]),
        ({"journal__phase": "reverted"}, ["CRI-REMOVE-UNCONFIRMED"]),
        ({"journal__phase": "staged", "runtime__in_use": "docker"}, ["CRI-REMOVE-UNCONFIRMED", "CRI-REMOVE-IN-USE"]),
        ({"journal__schema": 99}, ["CRI-JOURNAL-NEWER"]),
        # a removal that is over has forgotten the journal: what is left, its data perhaps, may go
        ({"journal": None, "packages__dockers": [], "state": []}, []),
        (
            {"journal": None, "packages__dockers": [], "unpackaged": ["/usr/local/bin/dockerd"]},
            ["CRI-REMOVE-UNCONFIRMED"],
        ),
        ({"hold": ("CRI-CUTOVER-BUSY", "me works on this node", {})}, ["CRI-CUTOVER-BUSY"]),
        ({"runtime__in_use": "docker"}, ["CRI-REMOVE-IN-USE"]),
        ({"runtime__in_use": "unknown"}, ["CRI-REMOVE-IN-USE"]),
        ({"pod_processes": {7: "/kubepods/docker-" + ID}}, ["CRI-REMOVE-IN-USE"]),
        ({"shims": [ID]}, ["CRI-REMOVE-IN-USE"]),
        ({"containers": [MOBY]}, ["CRI-REMOVE-FOREIGN"]),
        ({"containers": [dict(MOBY, Labels={"io.kubernetes.pod.uid": "u"})]}, []),
        ({"needed_by": ["ci-runner.service"]}, ["CRI-REMOVE-NEEDED"]),
        ({"unhealthy": ["NetworkReady is not true"]}, ["CRI-REMOVE-UNHEALTHY"]),
        ({"packages__held": ["docker.io"]}, ["CRI-REMOVE-HELD"]),
        # what stays may be held
        ({"packages__held": ["containerd", "kubelet"]}, []),
        ({"packages__simulation": dict(NOTHING, ok=False, error="E: broken")}, ["CRI-REMOVE-PACKAGES"]),
        (simulated("apt-docker.io.txt", ["docker.io"]), []),
        (simulated("apt-docker-ce.txt", CE), []),
        (simulated("apt-takes.txt", CE), ["CRI-REMOVE-TAKES"]),
    ],
)
def test_blockers(changes, expected):
    assert reasons(facts(**changes)) == expected


def test_what_else_would_go_is_named():
    (found,) = removal.blockers(facts(**simulated("apt-takes.txt", CE)), False)
    assert found["details"]["takes"] == ["site-agent"] and found["details"]["touches"] == ["half"]
    assert "would remove site-agent, too and would install or configure half" in found["text"]


@pytest.mark.parametrize(
    ("name", "taken"),
    [("dnf-docker-ce.txt", []), ("dnf-takes.txt", ["containerd.io", "site-agent-with-a-very-long-name"])],
)
def test_dnf(name, taken):
    dockers = ["docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-scan-plugin"]
    plan = packages.dnf_plan(1, removal.unwrap(recorded(name)), {})
    assert plan["ok"] and "docker-ce" in [item["name"] for item in plan["remove"]]
    found = removal.blockers(facts(packages__simulation=plan, packages__dockers=dockers), False)
    assert [item["details"]["takes"] for item in found] == ([taken] if taken else [])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"data__exists": False}, None),
        ({"data__entries": []}, None),
        ({"data__root": "/", "data__real": "/"}, "is a link"),
        ({"data__real": "/srv/docker"}, "is a link or lies behind one (/srv/docker)"),
        ({"data__is_mount": True}, "mount point of its own"),
        ({"data__entries": ["containers", "image", "my-notes"]}, "not known as Docker's: my-notes"),
        ({"data__entries": ["containers", "image", "btrfs"]}, "not known as Docker's: btrfs"),
        ({"data__entries": ["tmp", "volumes"]}, "does not look like Docker's"),
        # an earlier run was cut off there
        ({"data__entries": ["tmp"], "data__begun": True}, None),
        ({"data__entries": ["containers"]}, None),
        ({"data__users": ["the mount /run/x"]}, "in use by the mount /run/x"),
        (
            {"data__mounts": [{"mount": "/var/lib/docker/overlay2/x/merged", "fstype": "overlay", "device": "0:50"}]},
            None,
        ),
        ({"data__mounts": [{"mount": "/var/lib/docker/plugins", "fstype": "ext4", "device": "8:1"}]}, None),
        (
            {"data__mounts": [{"mount": "/var/lib/docker/volumes/v", "fstype": "nfs4", "device": "0:51"}]},
            "(nfs4) is mounted",
        ),
    ],
)
def test_data(changes, problem):
    found = removal.data_problems(facts(**changes)["data"]["roots"][0])
    assert (problem in "; ".join(found)) if problem else found == []
    assert reasons(facts(**changes), data=True) == (["CRI-REMOVE-DATA"] if problem else [])
    assert reasons(facts(**changes), data=False) == []


def test_the_order():
    steps = removal.plan(facts(), False)
    assert [(step["step"], step["items"]) for step in steps] == [
        ("mark", ["containerd", "runc"]),
        ("stop", ["docker.socket"]),
        ("packages", ["docker.io"]),
        ("network", ["link docker0"]),
        ("logs", ["/var/log/containers/x.log"]),
        ("run", ["/run/docker.sock", "/run/docker"]),
        ("forget", ["/var/lib/cri-switchover"]),
    ]
    assert removal.stays(facts(), False) == ["Docker's data: /var/lib/docker, /etc/docker"]


def test_with_data():
    steps = dict((step["step"], step["items"]) for step in removal.plan(facts(), True))
    assert list(steps)[-3:] == ["data", "purge", "forget"]
    assert steps["data"] == ["/var/lib/docker", "/etc/docker"] and steps["purge"] == ["docker.io"]
    assert removal.stays(facts(), True) == []


GONE = {
    "journal": None,
    "state": [],
    "packages__dockers": [],
    "packages__leftover": ["docker.io"],
    "log_links": [],
    "run": [],
    "units": {"docker.service": {"LoadState": "not-found"}},
    "network": {"plans": {}, "links": [], "left": [], "bridges": []},
}


def test_nothing_to_do():
    assert removal.plan(facts(**GONE), False) == []
    # the data can still go later
    assert [step["step"] for step in removal.plan(facts(**GONE), True)] == ["data", "purge"]
    assert reasons(facts(**GONE), True) == []


def test_cut_off_before_the_end():
    assert [step["step"] for step in removal.plan(facts(**dict(GONE, state=["/var/lib/cri-switchover"])), False)] == [
        "forget"
    ]


def test_packages():
    text = (
        "docker.io\t20.10\tinstall\tinstalled\ndocker-doc\t20.10\tdeinstall\tconfig-files\ndocker\t1.5-2\tinstall\tinstalled\n"
        "tini\t0.19\tinstall\thalf-installed\nold\t1\tunknown\tnot-installed\n"
    )
    installed, leftover = removal.parse_dpkg(text)
    assert installed == {"docker.io": "20.10", "docker": "1.5-2", "tini": "0.19"} and leftover == ["docker-doc"]
    # on Debian `docker` is something else
    assert removal.dockers(installed, "apt") == ["docker.io"]
    assert removal.dockers(["docker", "containerd.io", "moby-runc", "moby-engine"], "dnf") == ["docker", "moby-engine"]


def test_needed_by():
    units = {
        "docker.service": {"RequiredBy": "ci.service docker.socket", "WantedBy": "multi-user.target kubelet.service"},
        "docker.socket": {"RequiredBy": "docker.service", "ConsistsOf": "proxy.service", "WantedBy": "sockets.target"},
    }
    assert removal.needed_by(units) == ["ci.service", "kubelet.service", "proxy.service"]


@pytest.mark.parametrize(
    ("units", "conf", "expected"),
    [
        ({"ufw.service": {"ActiveState": "active"}}, "ENABLED=no\n", []),
        ({"ufw.service": {"ActiveState": "active"}}, "# x\nENABLED=yes\n", ["ufw"]),
        (
            {"nftables.service": {"ActiveState": "inactive"}, "firewalld.service": {"ActiveState": "active"}},
            "",
            ["firewalld"],
        ),
    ],
)
def test_firewalls(units, conf, expected):
    assert removal.active_managers(units, conf) == expected


def test_containers():
    kept = json.dumps({"Name": "/k8s_x", "Config": {"Image": "x", "Labels": {"io.kubernetes.pod.name": "p"}}})
    mine = json.dumps({"Name": "/registry", "Config": {"Image": "registry:2", "Labels": None}})
    found = [removal.container(kept, ID), removal.container(mine, ID), removal.container("{", ID)]
    assert removal.foreign(found) == ["(unreadable) (None)", "registry (registry:2)"]


MOUNTS = """\
20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 20 8:1 /var/lib/docker /var/lib/docker rw shared:1 - ext4 /dev/sda1 rw
31 30 0:50 / /var/lib/docker/overlay2/a\\040b/merged rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/X
32 20 0:51 / /run/k rw - overlay overlay rw,lowerdir=/var/lib/containerd/x,upperdir=/y
"""


@pytest.mark.parametrize(
    ("text", "below", "is_mount"),
    [
        (MOUNTS, 2, False),
        ("\n".join(MOUNTS.splitlines()[:1]), 0, False),
        # a directory elsewhere, or a disk
        (MOUNTS.replace("8:1 /var/lib/docker", "8:1 /srv/docker"), 1, True),
        (MOUNTS.replace("8:1 /var/lib/docker", "8:16 /"), 1, True),
    ],
)
def test_mounts(text, below, is_mount):
    mounts = removal.parse_mountinfo(text)
    found, other = removal.mounts_at("/var/lib/docker", mounts)
    assert (len(found), other) == (below, is_mount)
    if len(mounts) > 1:
        assert mounts[2]["mount"] == "/var/lib/docker/overlay2/a b/merged"


def test_deletion_order():
    assert removal.deletion_order(["volumes", "image", "containers", "tmp"]) == [
        "tmp",
        "volumes",
        "image",
        "containers",
    ]


BEFORE = {
    "runtime_unit": "containerd.service",
    "kubelet_unit": "kubelet.service",
    "runtime": "7",
    "kubelet": "8",
    "shims": [1, 2],
}


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({}, 0),
        ({"shims": [2, 3]}, 0),  # a job has ended, another pod came
        ({"runtime": "9"}, 1),
        ({"kubelet": "0", "shims": []}, 2),
    ],
)
def test_disturbed(after, found):
    assert len(removal.disturbed(BEFORE, dict(BEFORE, **after))) == found


def test_report():
    found = facts(journal=None)
    lines = removal.report(removal.plan(found, True), removal.blockers(found, True), removal.stays(found, True))
    assert lines[0].startswith("CRI-REMOVE-UNCONFIRMED: ")
    assert "DELETE THE DATA in: /var/lib/docker, /etc/docker" in lines
