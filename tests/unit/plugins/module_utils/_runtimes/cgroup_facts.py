# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's cgroups, for tests."""

ALL = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma"]


def info(unified=True, **changes):
    facts = {
        "cgroup": {"version": 2 if unified else 1, "controllers": ALL if unified else None, "psi": True},
        "os": {"kernel": "6.1.0-26-cloud-amd64", "systemd": 252},
        "kubelet": {"version": "v1.23.17", "cgroup_driver": "systemd", "effective": {}},
        "docker": {"cgroup_driver": "systemd", "images": []},
        "containerd": {"installed": True, "version": "1.6.20~ds1"},
        "crio": {"installed": True, "version": "1.34.0"},
    }
    for path, value in changes.items():
        part, _sep, key = path.partition("__")
        facts[part][key] = value
    return facts
