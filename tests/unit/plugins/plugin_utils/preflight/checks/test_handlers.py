# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import handlers

CONTAINERD = registry.target("containerd")

RUNC = {"name": "runc", "runtime": "runc", "default": True}
RUNSC = {"name": "gvisor", "runtime": "runsc"}
PROGRAMS = {
    "runc": {"path": "/usr/sbin/runc", "version": "1.1.5+ds1"},
    "runsc": {"path": "/usr/local/bin/runsc", "version": "release-20260810.0"},
    "containerd-shim-runsc-v1": {"path": "/usr/local/bin/containerd-shim-runsc-v1", "version": None},
}


def info(cgroup=2):
    return {
        "os": {"kernel": "6.1.0-17-cloud-amd64", "arch": "x86_64", "systemd": 252},
        "cgroup": {"version": cgroup},
        "kubelet": {"cgroup_driver": "systemd"},
        "containerd": {"installed": True, "version": "1.6.20~ds1"},
        "packages": {"manager": "apt", "candidates": {}},
        "handlers": {
            "path": "/usr/local/bin:/usr/bin",
            "kvm": {"exists": False, "usable": False, "error": None},
            "programs": PROGRAMS,
        },
    }


def test_findings():
    declared = [RUNC, dict(RUNSC, optional=True), dict(RUNSC, name="strict")]
    found = list(handlers.judge("node1", info(cgroup=1), declared, CONTAINERD))
    assert [(item["level"], item["token"]) for item in found] == [
        ("warning", "CRI-PF-HANDLER-GVISOR-CGROUPS"),
        ("blocker", "CRI-PF-HANDLER-GVISOR-CGROUPS"),
    ]
    assert "it is optional, and left out here" in found[0]["message"]
    assert list(handlers.judge("node1", {}, [], CONTAINERD)) == []
    assert list(handlers.judge("node1", {}, ["nonsense"], CONTAINERD)) == []


@pytest.mark.parametrize(
    "token, part, changes, words, remedy",
    [
        (
            "CRI-PF-HANDLER-ARCH", "os", {"arch": "ppc64le"},
            "gVisor is built for x86_64 and aarch64, this node is ppc64le", "leave it out here",
        ),
        (
            "CRI-PF-HANDLER-GVISOR-KERNEL", "os", {"kernel": "5.4.0-100-generic"},
            "gVisor needs Linux 5.6, this is 5.4.0-100-generic", "a newer kernel",
        ),
        (
            "CRI-PF-HANDLER-GVISOR-TARGET", "containerd", {"version": "1.4.13"},
            "containerd 1.4.13 cannot hand gVisor's shim its settings; 1.5 is the first that can", "upgrade containerd",
        ),
    ],
)  # fmt: skip
def test_what_a_finding_names(token, part, changes, words, remedy):
    node = info()
    node[part] = dict(node[part], **changes)
    for optional, level in ((False, "blocker"), (True, "warning")):
        (item,) = handlers.judge("node1", node, [RUNC, dict(RUNSC, optional=optional)], CONTAINERD)
        assert (item["level"], item["token"], item["node"]) == (level, token, "node1")
        assert item["message"].startswith("handler gvisor: " + words) and remedy in item["remedy"]
        assert item["details"] == {"handler": "gvisor", "runtime": "runsc"}


@pytest.mark.parametrize(
    "declared, may, blocked",
    [
        ([RUNC, dict(RUNSC)], False, True),
        ([RUNC, dict(RUNSC)], True, False),
        # The default alone has no class.
        ([RUNC], False, False),
    ],
)
def test_who_may_not_make_runtime_classes_is_reported_before(declared, may, blocked):
    cluster = {"rights": {"create runtimeclasses": may, "patch runtimeclasses": True}}
    found = list(handlers.judge("node1", info(), declared, CONTAINERD, cluster))
    assert [(item["level"], item["token"]) for item in found] == ([("blocker", "CRI-PF-RIGHTS")] if blocked else [])
