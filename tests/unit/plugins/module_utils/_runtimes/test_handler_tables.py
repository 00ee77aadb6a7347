# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers in the words of containerd, CRI-O and gVisor's shim."""

import copy

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_tables as core
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handlers import parse

RUNC = {"name": "runc", "runtime": "runc", "default": True}
CRUN = {"name": "crun", "runtime": "crun"}
RUNSC = {"name": "gvisor", "runtime": "runsc"}


def entry(base, **changes):
    return dict(copy.deepcopy(base), **changes)


@pytest.mark.parametrize("systemd, word", [(True, "true"), (False, "false")])
def test_containerd(systemd, word):
    handlers = parse([RUNC, CRUN, entry(RUNSC, options={"flags": {"net-raw": True}})])
    tables = core.containerd_runtimes(handlers, systemd, {"crun": "/usr/bin/crun", "runc": "/usr/sbin/runc"})
    assert tables == {
        "default_runtime_name": "runc",
        "runtimes": {
            "runc": {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": systemd}},
            "gvisor": {
                "runtime_type": "io.containerd.runsc.v1",
                "options": {
                    "TypeUrl": "io.containerd.runsc.v1.options",
                    "ConfigPath": "/etc/containerd/runsc-gvisor.toml",
                },
            },
            "crun": {
                "runtime_type": "io.containerd.runc.v2",
                "options": {"SystemdCgroup": systemd, "BinaryName": "/usr/bin/crun"},
            },
        },
    }
    assert core.runsc_toml(handlers[2], systemd, "/usr/local/bin/runsc") == {
        "binary_name": "/usr/local/bin/runsc",
        "runsc_config": {"net-raw": "true", "platform": "systrap", "systemd-cgroup": word},
    }


def test_two_gvisors_have_a_file_each():
    handlers = parse([RUNC, RUNSC, entry(RUNSC, name="runsc", options={"platform": "kvm"})])
    paths = [core.containerd_runtime(handler, True)["options"].get("ConfigPath") for handler in handlers]
    assert paths == [None, "/etc/containerd/runsc-gvisor.toml", "/etc/containerd/runsc.toml"]
    assert core.runsc_toml(handlers[2], True)["runsc_config"]["platform"] == "kvm"


def test_a_binary_of_ones_own():
    handlers = parse([entry(RUNC, options={"binary": "/opt/runc", "pod_annotations": ["a.b/*"]})])
    assert core.containerd_runtime(handlers[0], False) == {
        "runtime_type": "io.containerd.runc.v2",
        "pod_annotations": ["a.b/*"],
        "options": {"SystemdCgroup": False, "BinaryName": "/opt/runc"},
    }


def test_crio():
    handlers = parse([entry(RUNC, default=False), entry(CRUN, default=True), RUNSC])
    assert core.crio_runtimes(handlers, {"runc": "/usr/sbin/runc", "conmon": "/usr/bin/conmon"}) == {
        "default_runtime": "crun",
        "runtimes": {
            "crun": {
                "runtime_type": "oci",
                "runtime_path": "/usr/bin/crun",
                "runtime_root": "/run/crun",
                "monitor_path": "/usr/bin/conmon",
            },
            "runc": {
                "runtime_type": "oci",
                "runtime_path": "/usr/sbin/runc",
                "runtime_root": "/run/runc",
                "monitor_path": "/usr/bin/conmon",
            },
            "gvisor": {
                "runtime_type": "vm",
                "runtime_path": "/usr/local/bin/containerd-shim-runsc-v1",
                "runtime_root": "/run/runsc",
                "runtime_config_path": "/etc/crio/runsc-gvisor.toml",
            },
        },
    }
    assert core.runsc_toml(handlers[2], True, "/r", grouping=True)["grouping"] is True
