# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host that every target needs beside its own configuration. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import toml
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple

# The first line of each file that this collection owns.
BANNER = "# Managed by the Ansible collection cri.switchover: the next switch of this node writes it anew.\n"
MODULES_FILE = "/etc/modules-load.d/cri-switchover.conf"
# Read late: /etc/sysctl.conf (as 99-sysctl.conf) and most hardening files come before it.
SYSCTL_FILE = "/etc/sysctl.d/99-zz-cri-switchover.conf"
CRICTL_FILE = "/etc/crictl.yaml"
MODULES = ["overlay", "br_netfilter"]


def sysctl_keys(info: "Dict[str, Any]") -> "List[str]":
    """Names of the sysctls that must be 1 for pods; those of IPv6 only where the kernel has it."""
    keys = ["net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"]
    # Absent although br_netfilter is loaded: a kernel without IPv6.
    no_ipv6 = dig(info, "kernel.modules.br_netfilter") and not dig(info, "kernel.sysctl", {}).get(
        "net.bridge.bridge-nf-call-ip6tables"
    )
    return keys if no_ipv6 else keys + ["net.bridge.bridge-nf-call-ip6tables"]


def host_files(info: "Dict[str, Any]", socket: str) -> "List[Tuple[str, str]]":
    """[(path, content)]: kernel modules and sysctls, which dockerd used to set itself, and crictl's configuration.

    ``socket``: the endpoint of the target, as a URL.
    """
    crictl = "runtime-endpoint: %s\nimage-endpoint: %s\ntimeout: 10\n" % (socket, socket)
    return [
        (MODULES_FILE, BANNER + "".join(name + "\n" for name in MODULES)),
        (SYSCTL_FILE, BANNER + "".join("%s = 1\n" % name for name in sysctl_keys(info))),
        (CRICTL_FILE, BANNER + crictl),
    ]


def toml_file(table: "Dict[str, Any]") -> str:
    """Nested dicts as the text of a TOML file of ours. Raises RuntimeConfigError for a value that cannot be written."""
    try:
        return BANNER + toml.dumps(table)
    except toml.TomlError as exc:
        raise RuntimeConfigError("a setting %s" % exc) from exc
