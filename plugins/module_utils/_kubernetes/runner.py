# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On which node of the cluster this process runs, if on any: a run must not switch the node below itself."""

import errno
import os
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Mapping, Optional


def runner_node(
    all_nodes: "Mapping[str, Dict[str, Any]]",
    entries: "Mapping[str, Dict[str, Any]]",
    hostname: str,
    in_pod: bool,
    is_local: "Callable[[Any], bool]",
) -> "Optional[str]":
    """The name of the node on which this process runs, as one of its pods or on the machine itself. Pure.

    ``all_nodes`` are objects and ``entries`` those of node_entry(). ``is_local`` says whether an address is one of this
    machine.
    """
    if in_pod:
        for name in sorted(entries):
            if any(pod["name"] == hostname for pod in entries[name]["pods"]):
                return name
    for name in sorted(all_nodes):
        for address in (all_nodes[name].get("status") or {}).get("addresses") or []:
            if address.get("type") == "InternalIP" and is_local(address.get("address")):
                return name
            if address.get("type") == "Hostname" and (address.get("address") or "").lower() == hostname.lower():
                return name
    return None


def read_runner_node(
    all_nodes: "Mapping[str, Dict[str, Any]]", entries: "Mapping[str, Dict[str, Any]]"
) -> "Optional[str]":
    """runner_node() of this process."""
    in_pod = bool(os.environ.get("KUBERNETES_SERVICE_HOST"))
    return runner_node(all_nodes, entries, socket.gethostname(), in_pod, has_address)


def has_address(address: "Optional[str]") -> bool:
    """Whether an IP address is one of this machine: only such an address can be bound.

    Where ip_nonlocal_bind is set any address can be bound, so an address of documentation (RFC 5737, RFC 3849) is tried
    too.
    """
    return _can_bind(address) and not _can_bind("2001:db8::1" if ":" in (address or "") else "192.0.2.1")


def _can_bind(address: "Optional[str]") -> bool:
    if address is None:
        return False
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
        return True
    except OSError as exc:
        return exc.errno == errno.EACCES
