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


def judged(mode="report", target="containerd", **changes):
    found = core.judge("n1", info(**changes), registry.target(target), mode)
    return [(item["level"], item["token"].replace("CRI-PF-CGROUP-", "")) for item in found]


@pytest.mark.parametrize(
    "mode, changes, expected",
    [
        ("report", {}, [("note", "V2")]),
        ("require", {}, [("note", "V2")]),
        ("require", NEW, [("note", "V2")]),
        ("report", {"unified": False}, [("note", "V1")]),
        ("require", {"unified": False}, [("blocker", "V1")]),
        ("report", {"unified": False, "kubelet__version": "v1.31.1"}, [("note", "V1"), ("warning", "V1-KUBELET")]),
        ("report", {"unified": False, "kubelet__version": "v1.35.0"}, [("note", "V1"), ("blocker", "V1-KUBELET")]),
        (
            "report",
            {"unified": False, "kubelet__version": "v1.35.0", "kubelet__effective": {"failCgroupV1": False}},
            [("note", "V1"), ("warning", "V1-KUBELET")],
        ),
        ("report", {**NEW, "os__systemd": 241}, [("warning", "SYSTEMD"), ("note", "V2")]),
        ("report", {**NEW, "os__systemd": None}, [("note", "V2")]),
        ("report", {**NEW, "cgroup__controllers": ["io"]}, [("blocker", "CONTROLLERS"), ("note", "V2")]),
        (
            "report",
            {**NEW, "docker__images": [{"in_use": True, "tags": [OLD_JAVA]}]},
            [("warning", "IMAGES"), ("note", "V2")],
        ),
        ("report", {**NEW, "docker__images": [{"in_use": False, "tags": [OLD_JAVA]}]}, [("note", "V2")]),
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
        (BOOT, {}, [("note", "REBOOT"), ("note", "V2")]),
        (
            BOOT,
            {"docker__images": [{"in_use": True, "tags": [OLD_JAVA]}]},
            [("note", "REBOOT"), ("warning", "IMAGES"), ("note", "V2")],
        ),
        (
            BOOT,
            {
                "kubelet__cgroup_driver": "cgroupfs",
                "kubelet__flags": [{"source": "/var/lib/kubelet/kubeadm-flags.env"}],
            },
            [("note", "REBOOT"), ("warning", "KUBEADM"), ("note", "V2")],
        ),
        (
            BOOT,
            {"kubelet__cgroup_driver": "cgroupfs", "kubelet__flags": [{"source": "/etc/default/kubelet"}]},
            [("note", "REBOOT"), ("note", "V2")],
        ),
        # no file explains the flag
        (
            BOOT,
            {"kubelet__cgroup_driver": "cgroupfs", "kubelet__flags": [{"source": None}]},
            [("note", "REBOOT"), ("note", "V2")],
        ),
        (BOOT, {"os__kernel": "5.1.0"}, [("blocker", "ENABLE"), ("note", "REBOOT"), ("note", "V2")]),
        (BOOT, {"os__systemd": 237}, [("blocker", "ENABLE"), ("note", "REBOOT"), ("note", "V2")]),
        (dict(BOOT, tools=[]), {}, [("blocker", "BOOT"), ("note", "V2")]),
        ({}, {}, [("blocker", "BOOT"), ("note", "V2")]),
    ],
)
def test_what_is_said_before_a_node_is_booted_into_it(boot, changes, expected):
    found = list(
        core.judge("n1", dict(info(unified=False, **changes), boot=boot), registry.target("containerd"), "enable")
    )
    assert [(item["level"], item["token"].replace("CRI-PF-CGROUP-", "")) for item in found] == expected
    assert "cgroup v1" not in found[-1]["details"]["features"].values(), "of a node that is to be on v2"
