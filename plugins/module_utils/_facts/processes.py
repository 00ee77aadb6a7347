# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the processes of a node: which run, since when, by which unit, and which one listens on a socket."""

import os
import re

from ansible_collections.cri.switchover.plugins.module_utils._facts import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterable, List, Optional


def pids_of(names: "Iterable[str]") -> "Dict[str, List[int]]":
    """{name: [pids]} of the running processes with these names, without those in pods."""
    found: "Dict[str, List[int]]" = {name: [] for name in names}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            name = (io.read_text("/proc/%s/comm" % entry, 64) or "").strip()
            if name in found and "kubepods" not in (io.read_text("/proc/%s/cgroup" % entry) or ""):
                found[name].append(int(entry))
    return {name: sorted(pids) for name, pids in found.items()}


def command_line(pid: "Optional[int]") -> "List[str]":
    """argv of a process; [] of one that ended, or without a pid."""
    content = io.read_text("/proc/%d/cmdline" % pid) if pid else None
    return content.rstrip("\0").split("\0") if content else []


def start_time(pid: int) -> float:
    """When a process started, in seconds since 1970; infinity when it is gone."""
    stat = io.read_text("/proc/%d/stat" % pid)
    boot = re.search(r"(?m)^btime (\d+)", io.read_text("/proc/stat") or "")
    if not stat or not boot:
        return float("inf")
    # the name in parentheses may hold blanks; the start is the 20th field behind it, in ticks since the boot
    ticks = int(stat.rpartition(")")[2].split()[19])
    return int(boot.group(1)) + ticks / float(os.sysconf("SC_CLK_TCK"))


def unit_of(pid: int) -> "Optional[str]":
    """The systemd service that a process belongs to, or None."""
    units = re.findall(r"([^/\n]+\.service)", io.read_text("/proc/%d/cgroup" % pid) or "")
    return units[-1] if units else None


def listener(path: str) -> "Optional[str]":
    """The name of the process that listens on a Unix socket, or None."""
    path = os.path.realpath(path)
    inodes = set()
    for line in (io.read_text("/proc/net/unix", 1 << 22) or "").splitlines():
        parts = line.split()
        # the flag __SO_ACCEPTCON marks a listening socket
        if len(parts) == 8 and os.path.realpath(parts[7]) == path and int(parts[3], 16) & 0x10000:
            inodes.add("socket:[%s]" % parts[6])
    if not inodes:
        return None
    owners = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            held = {os.readlink("/proc/%s/fd/%s" % (entry, fd)) for fd in os.listdir("/proc/%s/fd" % entry)}
        except OSError:
            continue  # the process ended
        if inodes & held:
            owners.append((io.read_text("/proc/%s/comm" % entry, 64) or "").strip())
    # systemd also holds the sockets that it opened for a service
    services = [name for name in owners if name != "systemd"]
    return next(iter(services or owners), None)
