# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads containerd: its unit, its process and its configuration files."""

import hashlib
import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import containerd as parsing
from ansible_collections.cri.switchover.plugins.module_utils._facts import docker, io, processes, systemd
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, List

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def read(node: "Inspection", containerd: "Facts") -> None:
    """Fill the part `containerd`."""
    properties = node.unit("containerd.service")
    pid = node.main_pid("containerd.service", "containerd")
    argv = processes.command_line(pid)
    binary = io.which("containerd")
    started = int(properties.get("ExecMainStartTimestampMonotonic") or 0) // 1000000
    containerd.update(
        installed=bool(argv or binary),
        running=bool(argv),
        pid=pid if argv else None,
        binary=binary,
        version=None,
        enabled=systemd.unit_facts(properties)["enabled"],
        start_time=started or None,
        # without a unit of its own it is Docker's child, with another socket
        managed_by_docker=any("docker/containerd" in word for word in argv),
    )
    _read_config(containerd, argv)
    containerd["version"] = version_text(node.result("containerd"))


def _read_config(containerd: "Facts", argv: "List[str]") -> None:
    """The configuration file with those it imports. argv: of the running containerd, or empty."""
    flags = docker.command_line_flags(argv) if argv else []
    path = docker.flag_value(flags, ("config", "c")) or "/etc/containerd/config.toml"
    content = io.read_bytes(path)
    texts = [] if content is None else [content.decode("utf-8", "replace")]
    if texts:
        texts += _imports(path, parsing.config_facts(texts)["imports"])
    facts = parsing.config_facts(texts)
    containerd["root"], address = facts.pop("root"), facts.pop("address")
    containerd["config"] = dict(
        facts,
        path=path,
        exists=content is not None,
        sha256=None if content is None else hashlib.sha256(content).hexdigest(),
    )
    containerd["socket"] = address if os.path.exists(address) else None


def _imports(path: str, patterns: "Iterable[str]") -> "List[str]":
    """Texts of the files that the configuration at `path` imports."""
    texts: "List[str]" = []
    for pattern in patterns:
        folder, name = os.path.split(os.path.join(os.path.dirname(path), pattern))
        found = io.read_folder(folder, (name.replace("*", ""),) if name.startswith("*") else (name,))
        texts += [found[key] for key in sorted(found)]
    return texts
