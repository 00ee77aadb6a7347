# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the operating system, the names and the clock of this machine."""

import platform
import time

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def read(_node: "Inspection", info: "Facts") -> None:
    """Fill the top of the facts."""
    info["hostname"] = platform.node()
    info["fqdn"] = machine.fqdn_from_hosts(io.read_text("/etc/hosts") or "", info["hostname"])
    info["node_name"] = info["hostname"].lower()
    text = io.read_text("/etc/os-release") or io.read_text("/usr/lib/os-release") or ""
    info["os"] = machine.parse_os_release(text)
    info["os"].update(
        kernel=platform.release(), arch=platform.machine(), python=platform.python_version(), systemd=None
    )
    info["time"] = int(time.time())
    info["boot_id"] = (io.read_text("/proc/sys/kernel/random/boot_id") or "").strip()
    info["uptime_s"] = int(float((io.read_text("/proc/uptime") or "0").split()[0]))
