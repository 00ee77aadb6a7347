# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads cgroups, modules and settings of the kernel: now, and as they will be after a boot."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts import kernel as parsing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Set

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection

_MODULES = ("overlay", "br_netfilter")
_SYSCTLS = ("net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables")
# A file in a later folder replaces one of the same name (sysctl.d(5)).
_SYSCTL_FOLDERS = ("/usr/lib/sysctl.d", "/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d")
_MODULE_FOLDERS = ("/usr/lib/modules-load.d", "/lib/modules-load.d", "/run/modules-load.d", "/etc/modules-load.d")


def read_cgroup(node: "Inspection", cgroup: "Facts") -> None:
    """Fill the part `cgroup`."""
    cgroup.update(
        parsing.cgroup_facts(
            node.mounts,
            io.read_text("/proc/cmdline") or "",
            io.read_text("/sys/fs/cgroup/cgroup.controllers"),
            os.path.exists("/proc/pressure/cpu"),
        )
    )


def read(_node: "Inspection", kernel: "Facts") -> None:
    """Fill the part `kernel`."""
    kernel["modules"] = {name: os.path.isdir("/sys/module/" + name) for name in _MODULES}
    values = {name: io.read_text("/proc/sys/" + name.replace(".", "/")) for name in _SYSCTLS}
    kernel["sysctl"] = {name: value.strip() if value is not None else None for name, value in values.items()}
    loaded, settings = _modules_at_boot(), _sysctl_at_boot()
    kernel["persisted"] = {
        "modules": {name: name in loaded for name in _MODULES},
        "sysctl": {name: settings.get(name) for name in _SYSCTLS},
    }


def _modules_at_boot() -> "Set[str]":
    lists = [io.read_folder(folder, (".conf",)) for folder in _MODULE_FOLDERS]
    lines = "\n".join(text for texts in lists for text in texts.values()) + "\n" + (io.read_text("/etc/modules") or "")
    return {line.strip() for line in lines.splitlines()}


def _sysctl_at_boot() -> "Dict[str, str]":
    # files of all folders are read in the order of their names
    files: "Dict[str, str]" = {}
    for folder in _SYSCTL_FOLDERS:
        files.update(io.read_folder(folder, (".conf",)))
    texts = [files[name] for name in sorted(files)] + [io.read_text("/etc/sysctl.conf") or ""]
    return parsing.sysctl_settings(texts)
