# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads cri-dockerd, which speaks CRI for Docker with kubelets that have no dockershim.

With it, the pods' network and sandbox image are that program's business, not kubelet's.
"""

from ansible_collections.cri.switchover.plugins.module_utils._facts import cri_dockerd as parsing
from ansible_collections.cri.switchover.plugins.module_utils._facts import docker, io, processes, systemd
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def begin(node: "Inspection") -> None:
    """Ask it for its version. Up to 0.3.4 it prints that as an error."""
    pid = _pid(node)
    binary = "/proc/%d/exe" % pid if pid else io.which("cri-dockerd")
    if binary:
        node.begin("cri-dockerd", ["/bin/sh", "-c", 'exec "$0" --version 2>&1', binary])


def _pid(node: "Inspection") -> "Optional[int]":
    return node.main_pid(node.shim_service(), "cri-dockerd") if node.pids["cri-dockerd"] else None


def read(node: "Inspection", shim: "Facts") -> None:
    """Fill the part `cri_dockerd`; where kubelet uses it, correct the part `kubelet`. It needs `docker`, `runtime`."""
    service = node.shim_service()
    properties = node.unit(service)
    unit = systemd.unit_facts(properties)
    pid = _pid(node)
    shim.update(
        installed=bool(pid or unit["installed"] or io.which("cri-dockerd")),
        running=bool(pid),
        pid=pid,
        enabled=unit["enabled"],
        needed_by=docker.needed_by(properties),
        version=None,
    )
    argv = processes.command_line(pid)
    socket = node.unit(docker.socket_of(service)) if service else {}
    shim.update(docker.shim_facts(service, socket, argv))
    is_used = node.info["runtime"].get("shim") == "cri-dockerd"
    if is_used:
        _correct_kubelet(node, argv)
    printed = node.result("cri-dockerd")
    shim["version"] = version_text(printed)
    kubelet = node.info["kubelet"]
    if is_used and argv and kubelet["network_plugin"] == parsing.UNKNOWN:
        kubelet["network_plugin"] = parsing.default_network_plugin(printed)


def _correct_kubelet(node: "Inspection", argv: "List[str]") -> None:
    """Set what kubelet's own flags do not say. argv: the command line of cri-dockerd, empty where it does not run."""
    kubelet = node.info["kubelet"]
    flags = docker.command_line_flags(argv) if argv else []
    for key, name in (
        ("cni_bin_dir", "cni-bin-dir"),
        ("cni_conf_dir", "cni-conf-dir"),
        ("cni_cache_dir", "cni-cache-dir"),
    ):
        kubelet[key] = docker.flag_value(flags, (name,)) or kubelet.get(key)
    # Set to nothing it puts pods on Docker's own bridge; not set it is what its version says. One that does not run is
    # a finding of its own.
    plugin = docker.flag_value(flags, ("network-plugin",))
    kubelet["network_plugin"] = plugin if plugin is not None else parsing.UNKNOWN if argv else "cni"
    seen = node.info["docker"].get("containers", {}).get("sandbox_images") or []
    kubelet["pause_image"] = docker.flag_value(flags, ("pod-infra-container-image",)) or (
        seen[0] if seen else kubelet.get("pause_image")
    )
