# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node with programs of runtime handlers, and declared handlers, for tests."""

RUNC = {"name": "runc", "runtime": "runc", "default": True}
CRUN = {"name": "crun", "runtime": "crun"}
RUNSC = {"name": "gvisor", "runtime": "runsc"}


def info(**changes):
    facts = {
        "os": {"kernel": "6.1.0-17-cloud-amd64", "arch": "x86_64", "systemd": 252},
        "cgroup": {"version": 2},
        "kubelet": {"cgroup_driver": "systemd"},
        "containerd": {"installed": True, "version": "1.6.20~ds1"},
        "crio": {"installed": True, "version": "1.37.0"},
        "packages": {"manager": "apt", "candidates": {}},
        "handlers": {
            "path": "/usr/local/bin:/usr/bin",
            "kvm": {"exists": False, "usable": False, "error": None},
            "programs": {
                "runc": {"path": "/usr/sbin/runc", "version": "1.1.5+ds1"},
                "crun": {"path": "/usr/bin/crun", "version": "1.8.1", "features": ["SYSTEMD", "SECCOMP"]},
                "runsc": {"path": "/usr/local/bin/runsc", "version": "release-20260810.0"},
                "containerd-shim-runsc-v1": {"path": "/usr/local/bin/containerd-shim-runsc-v1", "version": None},
            },
        },
    }
    for path, value in changes.items():
        steps, home = path.split("__"), facts
        for step in steps[:-1]:
            home = home[step]
        home[steps[-1]] = value
    return facts
