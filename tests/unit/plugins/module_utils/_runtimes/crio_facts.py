# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that gets CRI-O, for tests."""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio_config, registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_settings import settings_of as settings_for

PROGRAMS = {"conmon": "/usr/bin/conmon", "crun": "/usr/bin/crun", "runc": "/usr/sbin/runc", "skopeo": "/usr/bin/skopeo"}
PACKAGED = {"runtimes": {"crun": {"path": "/usr/bin/crun", "exists": True}, "runc": {"path": "/x", "exists": False}}}
PACKAGED_POLICY = [{"path": "/etc/crio/policy.json", "accepts_all": True}]
# Docker's images: one that came from no registry, and one that did.
LOCAL = [
    {"tags": ["tools:local"], "local_only": True},
    {"tags": ["web:1"], "local_only": False},
]
CRIO = registry.target("crio")


def settings_of(facts, options=None):
    return settings_for(facts, CRIO.configured(options or {}))


def info(release="1.34.0", **changes):
    facts = {
        "crio": {"installed": True, "version": release, "binary": "/usr/bin/crio", "programs": PROGRAMS, "config": {}},
        "kubelet": {"cgroup_driver": "systemd", "pause_image": "registry.k8s.io/pause:3.6"},
        "docker": {"version": "20.10.24", "family": "docker.io"},
        "packages": {"manager": "apt", "installed": {}, "candidates": {"cri-tools": "1.36.0"}},
    }
    for path, value in changes.items():
        part, _sep, key = path.partition("__")
        facts.setdefault(part, {})[key] = value
    return facts


def tree(options=None, release="1.34.0", **changes):
    return crio_config.tree(settings_of(info(release, **changes), options))["crio"]
