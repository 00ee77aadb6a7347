# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    INFO,
    changed,
    found,
    tokens,
)

BLOCKERS = [
    ("CRI-PF-OS", {"os/family": "other"}),
    ("CRI-PF-SYSTEMD", {"os/systemd": 219}),
    ("CRI-PF-SYSTEMD", {"os/systemd": None}),
    ("CRI-PF-KERNEL", {"os/kernel": "3.10.0-1160.el7.x86_64"}),
    ("CRI-PF-KERNEL", {"os/kernel": "5.0.0"}),
    ("CRI-PF-KUBELET", {"kubelet/installed": False}),
    ("CRI-PF-KUBELET-VERSION", {"kubelet/version": "1.19.16"}),
    ("CRI-PF-KUBELET-DOWN", {"kubelet/running": False}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.22.17", "containerd/version": "2.1.3"}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.22.17", "containerd/version": "2.0.0-rc.1"}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.26.0", "containerd/version": "1.6.14"}),
    ("CRI-PF-VERSIONS", {"containerd/version": "1.5.9"}),
    ("CRI-PF-VERSIONS", {"containerd/version": None}),
    # Not installed: the candidate is what will serve the node.
    (
        "CRI-PF-VERSIONS",
        {
            "kubelet/version": "1.22.17",
            "containerd/installed": False,
            "docker/family": "docker-ce",
            "packages/installed": {"docker-ce": "20.10"},
            "packages/candidates": {"containerd.io": "2.1.3-1", "containerd": "1.6.20", "cri-tools": "1.36"},
        },
    ),
    (
        "CRI-PF-CNI-VERSION",
        {
            "containerd/version": "1.6.2",
            "cni/files": [{"name": "10-lab.conflist", "cni_version": None, "plugins": ["bridge"], "ok": True}],
        },
    ),
    ("CRI-PF-CGROUP-DRIVER", {"docker/cgroup_driver": "cgroupfs"}),
    ("CRI-PF-CGROUP-DRIVER", {"kubelet/cgroup_driver": None}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-KERNEL", {"os/kernel": "5.4.0-150-generic"}),
    ("CRI-PF-KUBELET-VERSION", {"kubelet/version": "1.38.0", "containerd/version": "2.3.0"}),
    ("CRI-PF-KUBELET-ODDITY", {"kubelet/oddities": ["--foo twice"]}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.36.1", "containerd/version": "1.7.29"}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.34.2", "containerd/version": "1.7.24~ds1-6+deb13u1"}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.35.0", "containerd/version": "1.6.39"}),
    ("CRI-PF-CGROUP-DRIVER", {"kubelet/cgroup_driver": "cgroupfs", "docker/cgroup_driver": "cgroupfs"}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


NOTES = [
    ("CRI-PF-CGROUP-HYBRID", {"cgroup": {"version": 1, "hybrid": True}}),
]


@pytest.mark.parametrize("token, changes", NOTES)
def test_notes(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "note") == [token] and len(findings) == 1


FINE = [
    {"kubelet/version": "1.23.17", "containerd/version": "2.0.4"},
    {"kubelet/version": "1.22.17", "containerd/version": "1.7.24"},
    {"kubelet/version": "1.34.2", "containerd/version": "1.7.28"},
    {"kubelet/version": "1.34.2", "containerd/version": "2.2.1"},
    {"kubelet/version": "1.28.0", "containerd/version": "1.6.20"},
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []
