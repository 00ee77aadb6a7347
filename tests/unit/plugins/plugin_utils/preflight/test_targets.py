# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every finding about a node, judged for both targets: it applies to both, but for those in this table."""

import importlib
from pathlib import Path

import pytest
from unit.plugins.plugin_utils.preflight.checks.docker_node import docker_node
from unit.plugins.plugin_utils.preflight.good_node import INFO, SETTINGS, changed, found

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.registry import TARGETS

HERE = Path(__file__).resolve().parents[2]
FOLDERS = ("plugin_utils/preflight/checks",)
# Tokens that only one target has, or that another reason keeps from the other one.
ONLY = {
    "CRI-PF-CNI-DIRS": "containerd",  # CRI-O searches all directories in every release
    "CRI-PF-CNI-VERSION": "containerd",  # a fault of containerd 1.6.0 to 1.6.3
    "CRI-PF-CONTAINERD-CONFIG": "containerd",
    "CRI-PF-CONTAINERD-SOCKET": "containerd",
    "CRI-PF-CONTAINERD-UNIT": "containerd",
    "CRI-PF-DEFAULT-ULIMITS": "containerd",  # CRI-O carries them over
    "CRI-PF-DOCKER-BOUND": "containerd",  # Docker's service is not bound to CRI-O's
}
# A node that is as good for CRI-O.
FOR_CRIO = {
    "crio": {
        "installed": True,
        "version": "1.23.5",
        "binary": "/usr/bin/crio",
        "enabled": "disabled",
        "programs": {"conmon": "/usr/bin/conmon", "runc": "/usr/sbin/runc", "skopeo": "/usr/bin/skopeo"},
        "config": {"runtimes": {"runc": {"path": "/usr/sbin/runc", "exists": True}}, "files": []},
        "policies": [],
        "storage": {"root": "/var/lib/containers/storage"},
        "unqualified_registries": ["docker.io"],
    },
    "disk/crio": {
        "path": "/var/lib/containers/storage",
        "mount": "/",
        "device": 1,
        "size": 40 << 30,
        "avail": 20 << 30,
    },
}


# Beside the tables of the checks: where the same numbers mean something else for CRI-O.
ALSO = {
    "CRI-PF-VERSIONS": [{"crio/version": "1.26.0", "kubelet/version": "1.22.17"}],
    "CRI-PF-DEFAULT-ULIMITS": [{"docker": docker_node(flags="--default-ulimit nofile=1024:4096")["docker"]}],
    "CRI-PF-DISK": [{"disk/crio/avail": 1 << 30, "disk/containerd/avail": 1 << 30}],
}


def cases():
    """{token: [changes]} of the tables in the tests of the checks of a switch."""
    seen = dict(ALSO)
    for folder in FOLDERS:
        for path in sorted((HERE / folder).glob("test_*.py")):
            module = importlib.import_module("unit.plugins.%s.%s" % (folder.replace("/", "."), path.stem))
            for table in ("BLOCKERS", "WARNINGS", "NOTES"):
                for case in getattr(module, table, []):
                    if len(case) == 2 and isinstance(case[1], dict) and case[0].startswith("CRI-PF-"):
                        seen[case[0]] = [*seen.get(case[0], []), case[1]]
    return seen


CASES = cases()


def judged(changes, target):
    node = changed(INFO, FOR_CRIO)
    if "disk" in changes:
        changes = dict(changes, disk=dict(changes["disk"], crio=dict(changes["disk"].get("containerd", {}))))
    changes = {path.replace("disk/containerd", "disk/" + target): value for path, value in changes.items()}
    return {item["token"] for item in found(changed(node, changes), settings=dict(SETTINGS, target=target))}


@pytest.mark.parametrize("target", TARGETS)
def test_the_good_node_is_good_for_both(target):
    assert judged({}, target) <= {"CRI-PF-CRIO-CONFIG"}


@pytest.mark.parametrize("token", sorted(CASES))
def test_which_target_a_finding_is_about(token):
    seen = {target for target in TARGETS if any(token in judged(changes, target) for changes in CASES[token])}
    assert seen == ({ONLY[token]} if token in ONLY else set(TARGETS))


def test_the_table_names_no_finding_in_vain():
    assert set(ONLY) <= set(CASES) and len(CASES) > 35
