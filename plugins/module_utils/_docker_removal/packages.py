# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages belong to Docker, and what the package manager says of them. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Tuple

# Docker's own packages. What it runs containers with is none of them, whoever packaged it.
_DOCKERS = {
    "docker.io", "docker-cli", "docker-buildx", "docker-compose", "docker-compose-v2", "docker-doc",
    "docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-ce-selinux", "docker-buildx-plugin",
    "docker-compose-plugin", "docker-scan-plugin", "docker-model-plugin", "docker-ee", "docker-ee-cli",
    "docker-engine", "docker-engine-selinux", "moby-engine", "moby-cli", "moby-buildx", "moby-compose", "cri-dockerd",
}  # fmt: skip
# Debian's package `docker` is a dock for windows.
_DOCKERS_RPM = {"docker", "docker-client", "docker-common", "docker-latest"}
# May have come with Docker, and the node needs them: a later autoremove must find them marked as wanted.
_KEPT = {
    "containerd", "containerd.io", "moby-containerd", "runc", "moby-runc", "crun", "cri-tools", "kubernetes-cni",
    "containernetworking-plugins", "container-selinux", "iptables", "conntrack", "conntrack-tools", "socat", "ethtool",
}  # fmt: skip


def dockers(names: "Iterable[str]", manager: "Optional[str]") -> "List[str]":
    """Those of the packages that are Docker's own. ``manager``: apt, dnf, yum or zypper."""
    known = _DOCKERS if manager == "apt" else _DOCKERS | _DOCKERS_RPM
    return sorted(set(names) & known)


def to_mark(packages: "Dict[str, Any]") -> "List[str]":
    """Packages to mark as wanted, so that no autoremove takes them; none where no package of Docker is removed."""
    return sorted(_KEPT & set(packages["installed"]) & set(packages["auto"])) if packages["dockers"] else []


def purgeable(packages: "Dict[str, Any]") -> "List[str]":
    """What only apt keeps: configuration files of packages that are removed, now or before."""
    if packages["manager"] != "apt":
        return []
    return sorted(set(packages["dockers"]) | set(dockers(packages["leftover"], "apt")))


def parse_dpkg(text: str) -> "Tuple[Dict[str, str], List[str]]":
    """({name: version}, [names of which configuration files are left]) out of dpkg-query with DPKG_FORMAT.

    Every package, not only those of _facts/packages.py; one that is installed in part counts as installed.
    """
    installed, leftover = {}, []
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) != 4:
            continue
        if parts[3] == "config-files":
            leftover.append(parts[0])
        elif parts[3] != "not-installed":
            installed[parts[0]] = parts[1]
    return installed, leftover


def unwrap(text: str) -> str:
    """dnf's table with each package on one line; it breaks a line whose first word is long."""
    lines: "List[str]" = []
    for line in text.splitlines():
        if lines and re.match(r"^ \S+$", lines[-1]) and re.match(r"^ {2,}\S+ +\S+", line):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return "\n".join(lines)


def pending_of_apt(text: str) -> "List[str]":
    """Packages that apt would also finish to configure, out of its simulation."""
    return sorted(set(re.findall(r"(?m)^Conf (\S+)", text)))
