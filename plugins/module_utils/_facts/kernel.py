# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cgroups and kernel settings, out of what the kernel and its files say. Pure."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Optional, Sequence


def cgroup_facts(
    mounts: "Sequence[Dict[str, Any]]", kernel_command_line: str, controllers: "Optional[str]" = None, psi: bool = False
) -> "Dict[str, Any]":
    """The cgroup version, its kernel arguments and its controllers.

    mounts: what mounts.parse_mounts() gives.
    controllers: the text of cgroup.controllers at the root, None on version 1.
    psi: whether the kernel reports pressure.
    """
    at_root = [mount["fstype"] for mount in mounts if mount["mount"] == "/sys/fs/cgroup"]
    version = 2 if at_root and at_root[-1] == "cgroup2" else 1
    hybrid = version == 1 and any(mount["fstype"] == "cgroup2" for mount in mounts)
    words = [word for word in kernel_command_line.split() if re.match(r"(systemd\.\w*cgroup|cgroup|swapaccount)", word)]
    return {
        "version": version,
        "hybrid": hybrid,
        "kernel_args": words,
        "psi": psi,
        "controllers": controllers.split() if version == 2 and controllers is not None else None,
    }


def sysctl_settings(texts: "Iterable[str]") -> "Dict[str, str]":
    """{key: value} out of the texts of sysctl.d files, in the order they are read; a later one wins."""
    settings = {}
    for text in texts:
        for line in text.splitlines():
            line = line.strip().lstrip("-")
            if line and line[0] not in "#;" and "=" in line:
                key, _separator, value = line.partition("=")
                settings[key.strip().replace("/", ".")] = value.strip()
    return settings
