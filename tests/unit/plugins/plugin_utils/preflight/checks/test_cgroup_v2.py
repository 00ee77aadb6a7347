# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a node's cgroups, over the versions that decide."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import boot_entry, registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import cgroup_v2 as core
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.cgroup_facts import info

NEW = {"kubelet__version": "v1.25.0"}
OLD_JAVA = "openjdk:8u302-jre"
BY_KUBEADM = {"source": "/var/lib/kubelet/kubeadm-flags.env"}


def judged(mode="report", target="containerd", **changes):
    found = core.judge("n1", info(**changes), registry.target(target), mode)
    return [(item["level"], item["token"]) for item in found]


@pytest.mark.parametrize(
    "mode, changes, expected",
    [
        ("report", {}, [("note", "CRI-PF-CGROUP-V2")]),
        ("require", {}, [("note", "CRI-PF-CGROUP-V2")]),
        ("require", NEW, [("note", "CRI-PF-CGROUP-V2")]),
        ("report", {"unified": False}, [("note", "CRI-PF-CGROUP-V1")]),
        ("require", {"unified": False}, [("blocker", "CRI-PF-CGROUP-V1")]),
        (
            "report",
            {"unified": False, "kubelet__version": "v1.31.1"},
            [("note", "CRI-PF-CGROUP-V1"), ("warning", "CRI-PF-CGROUP-V1-KUBELET")],
        ),
        (
            "report",
            {"unified": False, "kubelet__version": "v1.35.0"},
            [("note", "CRI-PF-CGROUP-V1"), ("blocker", "CRI-PF-CGROUP-V1-KUBELET")],
        ),
        (
            "report",
            {"unified": False, "kubelet__version": "v1.35.0", "kubelet__effective": {"failCgroupV1": False}},
            [("note", "CRI-PF-CGROUP-V1"), ("warning", "CRI-PF-CGROUP-V1-KUBELET")],
        ),
        (
            "report",
            {"unified": False, "kubelet__version": "v1.34.1", "kubelet__effective": {"failCgroupV1": True}},
            [("note", "CRI-PF-CGROUP-V1"), ("blocker", "CRI-PF-CGROUP-V1-KUBELET")],
        ),
        ("report", {"unified": False, "kubelet__version": "v1.30.14"}, [("note", "CRI-PF-CGROUP-V1")]),
        ("report", {**NEW, "os__systemd": 244}, [("note", "CRI-PF-CGROUP-V2")]),
        ("report", {**NEW, "os__systemd": 241}, [("warning", "CRI-PF-CGROUP-SYSTEMD"), ("note", "CRI-PF-CGROUP-V2")]),
        ("report", {**NEW, "os__systemd": None}, [("note", "CRI-PF-CGROUP-V2")]),
        (
            "report",
            {**NEW, "cgroup__controllers": ["io"]},
            [("blocker", "CRI-PF-CGROUP-CONTROLLERS"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        (
            "report",
            {**NEW, "docker__images": [{"in_use": True, "tags": [OLD_JAVA]}]},
            [("warning", "CRI-PF-CGROUP-IMAGES"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        ("report", {**NEW, "docker__images": [{"in_use": False, "tags": [OLD_JAVA]}]}, [("note", "CRI-PF-CGROUP-V2")]),
    ],
)  # fmt: skip
def test_findings(mode, changes, expected):
    assert judged(mode, **changes) == expected


@pytest.mark.parametrize(
    "reference, old",
    [
        ("openjdk:8u302-jre", True),
        ("docker.io/library/openjdk:8u372", False),
        ("eclipse-temurin:11.0.15_10-jre", True),
        ("eclipse-temurin:11.0.16", False),
        ("r.test:5000/base/amazoncorretto:13-alpine", True),
        ("eclipse-temurin:17.0.1", False),
        ("openjdk:8", False),  # nobody knows which
        ("openjdk@sha256:abc", False),
        ("gcr.io/cadvisor/cadvisor:v0.39.3", True),
        ("gcr.io/cadvisor/cadvisor-amd64:v0.43.0", False),
        ("shop/my-openjdk-app:8u302", False),
    ],
)
def test_images_that_know_only_version_1(reference, old):
    assert bool(core.misreading([reference])) is old


# The end of the message, and the remedy.
@pytest.mark.parametrize(
    "token, changes, words, remedy",
    [
        (
            "CRI-PF-CGROUP-SYSTEMD", {"os__systemd": 241},
            "with systemd 241, which does not delegate cpuset before 244", "upgrade it",
        ),
        (
            "CRI-PF-CGROUP-V1-KUBELET", {"unified": False, "kubelet__version": "v1.31.1"},
            "kubelet from 1.35 on starts on cgroup v1 only if failCgroupV1 is false",
            "move the node to cgroup v2 before that upgrade",
        ),
        (
            "CRI-PF-CGROUP-V1-KUBELET", {"unified": False, "kubelet__version": "v1.35.0"},
            "kubelet v1.35.0 does not start on cgroup v1, unless failCgroupV1 is false",
            "set failCgroupV1: false in its configuration, or move the node to cgroup v2",
        ),
        (
            "CRI-PF-CGROUP-V1-KUBELET",
            {"unified": False, "kubelet__version": "v1.34.1", "kubelet__effective": {"failCgroupV1": True}},
            "kubelet v1.34.1 does not start on cgroup v1, because failCgroupV1 is true",
            "set failCgroupV1: false in its configuration, or move the node to cgroup v2",
        ),
        (
            "CRI-PF-CGROUP-V1-KUBELET",
            {"unified": False, "kubelet__version": "v1.35.0", "kubelet__effective": {"failCgroupV1": False}},
            "kubelet from 1.35 on starts on cgroup v1 only because failCgroupV1 is false", "move the node to cgroup v2",
        ),
        (
            "CRI-PF-CGROUP-IMAGES",
            {"docker__images": [{"in_use": True, "tags": [OLD_JAVA, "app:1"]}, {"in_use": True, "tags": None}]},
            "on cgroup v2: openjdk:8u302-jre (a JVM of Java 8 before update 372)", "newer ones see their limits",
        ),
    ],
)  # fmt: skip
def test_what_a_finding_names(token, changes, words, remedy):
    found = core.judge("n1", info(**changes), registry.target("containerd"), "report")
    (item,) = [item for item in found if item["token"] == token]
    assert item["message"].endswith(words) and item["remedy"] == remedy and item["node"] == "n1"
    if token == "CRI-PF-CGROUP-IMAGES":
        assert item["details"] == {"images": [OLD_JAVA]}


MENU = """\
next_entry
menuentry 'x' {
linux /boot/vmlinuz-6.1 root=/dev/vda1 ro
}
custom.cfg
"""
RUNNING = "BOOT_IMAGE=/boot/vmlinuz-6.1 root=/dev/vda1 ro"
BOOT = {
    "cmdline": RUNNING,
    "tools": ["grub-mkconfig", "grub-reboot", "grub-editenv"],
    "grub_cfg": boot_entry.menu_facts("/boot/grub/grub.cfg", MENU, RUNNING),
    "custom_cfg": None, "defaults": {}, "bls": {},
}  # fmt: skip


@pytest.mark.parametrize(
    "boot, changes, expected",
    [
        (BOOT, {}, [("note", "CRI-PF-CGROUP-REBOOT"), ("note", "CRI-PF-CGROUP-V2")]),
        (
            BOOT,
            {"docker__images": [{"in_use": True, "tags": [OLD_JAVA]}]},
            [("note", "CRI-PF-CGROUP-REBOOT"), ("warning", "CRI-PF-CGROUP-IMAGES"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        (
            BOOT,
            {"kubelet__cgroup_driver": "cgroupfs", "kubelet__flags": [BY_KUBEADM]},
            [("note", "CRI-PF-CGROUP-REBOOT"), ("warning", "CRI-PF-CGROUP-KUBEADM"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        (
            BOOT,
            {"kubelet__cgroup_driver": "cgroupfs", "kubelet__flags": [{"source": "/etc/default/kubelet"}]},
            [("note", "CRI-PF-CGROUP-REBOOT"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        # kubeadm's file of flags is empty: the CRI socket is in its instance-config.yaml
        (
            BOOT,
            {"kubelet__cgroup_driver": "cgroupfs", "kubelet__flags": [], "kubelet__instance_config": {"exists": True}},
            [("note", "CRI-PF-CGROUP-REBOOT"), ("warning", "CRI-PF-CGROUP-KUBEADM"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        # kubelet has this driver already
        (
            BOOT,
            {"kubelet__cgroup_driver": "systemd", "kubelet__flags": [BY_KUBEADM]},
            [("note", "CRI-PF-CGROUP-REBOOT"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        # no file explains the flag
        (
            BOOT,
            {"kubelet__cgroup_driver": "cgroupfs", "kubelet__flags": [{"source": None}]},
            [("note", "CRI-PF-CGROUP-REBOOT"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        (
            BOOT,
            {"os__kernel": "5.1.0"},
            [("blocker", "CRI-PF-CGROUP-ENABLE"), ("note", "CRI-PF-CGROUP-REBOOT"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        (
            BOOT,
            {"os__systemd": 237},
            [("blocker", "CRI-PF-CGROUP-ENABLE"), ("note", "CRI-PF-CGROUP-REBOOT"), ("note", "CRI-PF-CGROUP-V2")],
        ),
        (dict(BOOT, tools=[]), {}, [("blocker", "CRI-PF-CGROUP-BOOT"), ("note", "CRI-PF-CGROUP-V2")]),
        ({}, {}, [("blocker", "CRI-PF-CGROUP-BOOT"), ("note", "CRI-PF-CGROUP-V2")]),
    ],
)
def test_what_is_said_before_a_node_is_booted_into_it(boot, changes, expected):
    found = list(
        core.judge("n1", dict(info(unified=False, **changes), boot=boot), registry.target("containerd"), "enable")
    )
    assert [(item["level"], item["token"]) for item in found] == expected
    assert "cgroup v1" not in found[-1]["details"]["features"].values(), "of a node that is to be on v2"


def test_what_is_named_before_a_node_is_booted_into_it():
    node = info(unified=False, kubelet__cgroup_driver="cgroupfs", kubelet__flags=[BY_KUBEADM])
    found = core.judge("n1", dict(node, boot=BOOT), registry.target("containerd"), "enable")
    said = {item["token"]: item for item in found}
    reboot, kubeadm = said["CRI-PF-CGROUP-REBOOT"], said["CRI-PF-CGROUP-KUBEADM"]
    assert "The switch reboots it into v2 once" in reboot["message"] and "power cycle" in reboot["remedy"]
    for item in boot_entry.plan(BOOT)["files"]:
        assert item["path"] in reboot["message"]
    assert "kube-system/kubelet-config" in kubeadm["message"] and "cgroupDriver: systemd" in kubeadm["remedy"]
