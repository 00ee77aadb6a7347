# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's boots: which one this is, which version of cgroups it came up with, and another one."""

import os
import time

from .systemd import systemctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .node import Node

BOOT_ID = "/proc/sys/kernel/random/boot_id"


def boot_id(node: "Node") -> str:
    """The kernel's name for this boot."""
    return node.read(BOOT_ID).decode("ascii").strip()


def cgroup_version(node: "Node") -> int:
    """1, also where systemd has version 2 beside it, or 2."""
    return 2 if os.path.exists(node.path("/sys/fs/cgroup/cgroup.controllers")) else 1


def restart_machine(node: "Node", *how: str) -> None:
    """Ends this process; returns only where the machine runs on for five minutes.

    how: options of systemctl; with --no-block, for a unit of the boot itself, this returns at once.
    """
    systemctl(node, "reboot", *how, check=False)
    if not how:
        time.sleep(300)
