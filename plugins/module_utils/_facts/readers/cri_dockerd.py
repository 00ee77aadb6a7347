# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads cri-dockerd, which speaks CRI for Docker on kubelets from 1.24 on."""

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker, io, processes, systemd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def read(node: "Inspection", shim: "Facts") -> None:
    """Fill the part `cri_dockerd`."""
    service = node.shim_service()
    properties = node.unit(service)
    unit = systemd.unit_facts(properties)
    pids = node.pids["cri-dockerd"]
    shim.update(
        installed=bool(pids or unit["installed"] or io.which("cri-dockerd")),
        running=bool(pids),
        pid=pids[0] if pids else None,
        enabled=unit["enabled"],
        needed_by=docker.needed_by(properties),
    )
    argv = processes.command_line(pids[0]) if pids else []
    socket = node.unit(docker.socket_of(service)) if service else {}
    shim.update(docker.shim_facts(service, socket, argv))
