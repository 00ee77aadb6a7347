# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating system and the names of a machine, out of its files. Pure."""

import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Set


def parse_os_release(text: str) -> "Dict[str, Any]":
    """The fields of /etc/os-release and the family they belong to: debian, redhat, suse or other."""
    fields = {}
    for line in text.splitlines():
        key, separator, value = line.strip().partition("=")
        if separator and not key.startswith("#"):
            parts = shlex.split(value)
            fields[key] = parts[0] if parts else ""
    like = fields.get("ID_LIKE", "").split()
    return {
        "id": fields.get("ID", ""),
        "version_id": fields.get("VERSION_ID", ""),
        "id_like": like,
        "pretty_name": fields.get("PRETTY_NAME", ""),
        "family": _family(set(like + [fields.get("ID", "")])),
    }


def _family(names: "Set[str]") -> str:
    if names & {"debian", "ubuntu"}:
        return "debian"
    if names & {"rhel", "fedora", "centos"}:
        return "redhat"
    if any("suse" in name or name == "sles" for name in names):
        return "suse"
    return "other"


def fqdn_from_hosts(text: str, hostname: str) -> str:
    """The full name that /etc/hosts gives the machine; asking a resolver could block."""
    for line in text.splitlines():
        names = line.split("#")[0].split()[1:]
        if hostname in names:
            for name in names:
                if name.startswith(hostname + "."):
                    return name
    return hostname
