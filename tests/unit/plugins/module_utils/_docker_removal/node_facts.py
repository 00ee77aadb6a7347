# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that was switched away from Docker, with nothing in the way of its removal, for tests."""

import copy
import os

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
        "lock": None,
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
