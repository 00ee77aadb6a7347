# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Docker may be removed."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import packages as docker_packages
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.blockers import blockers
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.data import data_problems
from ansible_collections.cri.switchover.plugins.module_utils._facts import packages
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._docker_removal.node_facts import (
    ID,
    NOTHING,
    facts,
    recorded,
)


def reasons(found, data=False):
    return [item["reason"] for item in blockers(found, data)]


def simulated(name, dockers):
    text = recorded(name)
    plan = dict(packages.apt_plan(0, text, ""), pending=docker_packages.pending_of_apt(text))
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
        ({"lock": ("CRI-CUTOVER-BUSY", "me works on this node", {})}, ["CRI-CUTOVER-BUSY"]),
        ({"runtime__in_use": "docker"}, ["CRI-REMOVE-IN-USE"]),
        ({"runtime__in_use": "unknown"}, ["CRI-REMOVE-IN-USE"]),
        ({"pod_processes": {7: "/kubepods/docker-" + ID}}, ["CRI-REMOVE-IN-USE"]),
        ({"shims": [ID]}, ["CRI-REMOVE-IN-USE"]),
        ({"containers": [MOBY]}, ["CRI-REMOVE-FOREIGN"]),
        ({"containers": [dict(MOBY, Labels={"io.kubernetes.pod.uid": "u"})]}, []),
        ({"needed_by": ["ci-runner.service"]}, ["CRI-REMOVE-NEEDED"]),
        ({"unhealthy": ["NetworkReady is not true"]}, ["CRI-REMOVE-UNHEALTHY"]),
        ({"packages__held": ["docker.io"]}, ["CRI-REMOVE-ON-HOLD"]),
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
    (found,) = blockers(facts(**simulated("apt-takes.txt", CE)), False)
    assert found["details"]["takes"] == ["site-agent"] and found["details"]["touches"] == ["half"]
    assert "would remove site-agent, too and would install or configure half" in found["message"]


@pytest.mark.parametrize(
    ("name", "taken"),
    [("dnf-docker-ce.txt", []), ("dnf-takes.txt", ["containerd.io", "site-agent-with-a-very-long-name"])],
)
def test_dnf(name, taken):
    dockers = ["docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-scan-plugin"]
    plan = packages.dnf_plan(1, docker_packages.unwrap(recorded(name)), {})
    assert plan["ok"] and "docker-ce" in [item["name"] for item in plan["remove"]]
    found = blockers(facts(packages__simulation=plan, packages__dockers=dockers), False)
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
        # an earlier run was interrupted there
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
    found = data_problems(facts(**changes)["data"]["roots"][0])
    assert (problem in "; ".join(found)) if problem else found == []
    assert reasons(facts(**changes), data=True) == (["CRI-REMOVE-DATA"] if problem else [])
    assert reasons(facts(**changes), data=False) == []
