# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that gets containerd, for tests."""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd_config, registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd_settings import (
    settings_of as settings_for,
)

RELEASES = ["1.6.20", "1.7.24", "2.0.4", "2.1.3", "2.2.0", "2.3.0"]
HANDLERS = [
    {"name": "crun", "runtime": "crun", "default": True},
    {"name": "runc", "runtime": "runc", "options": {"binary": "/opt/runc"}},
    {"name": "gvisor", "runtime": "runsc", "options": {"platform": "ptrace", "pod_annotations": ["dev.gvisor.*"]}},
    {"name": "runsc", "runtime": "runsc", "options": {"shim": "/opt/containerd-shim-runsc-v1"}},
]
V1 = "io.containerd.grpc.v1.cri"
RUNTIME, IMAGES, TRANSFER = (
    "io.containerd.cri.v1.runtime",
    "io.containerd.cri.v1.images",
    "io.containerd.transfer.v1.local",
)
CONTAINERD = registry.target("containerd")


def settings_of(facts, options=None):
    return settings_for(facts, CONTAINERD.configured(options or {}))


def info(release="1.6.20", **changes):
    facts = {
        "containerd": {"installed": True, "version": release, "binary": "/usr/bin/containerd"},
        "kubelet": {"cgroup_driver": "systemd", "pause_image": "registry.k8s.io/pause:3.6"},
        "docker": {"version": "20.10.24", "family": "docker.io"},
        "packages": {"manager": "apt", "installed": {"containerd": release}, "candidates": {"cri-tools": "1.36.0"}},
    }
    for path, value in changes.items():
        part, _sep, key = path.partition("__")
        facts.setdefault(part, {})[key] = value
    return facts


def with_handlers(release):
    names = ("crun", "runsc", "containerd-shim-runsc-v1")
    programs = {name: {"path": "/usr/bin/" + name, "version": None} for name in names}
    programs["crun"]["version"] = "1.21"
    programs.update(runc={"path": "/opt/runc", "version": "1.2.0"})
    return info(release, handlers__programs=programs, handlers__path="/usr/bin")


def tree(release, options=None, **changes):
    return containerd_config.tree(settings_of(info(release, **changes), options))
