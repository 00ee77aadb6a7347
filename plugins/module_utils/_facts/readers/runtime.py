# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads which runtime the kubelet uses. With cri-dockerd, network and sandbox image are that program's business."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker, processes
from ansible_collections.cri.switchover.plugins.module_utils._facts.runtime_in_use import runtime_in_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def read(node: "Inspection", runtime: "Facts") -> None:
    """Fill the part `runtime`; with cri-dockerd, also correct the part `kubelet`. Both need `kubelet` and `docker`."""
    kubelet = node.info["kubelet"]
    runtime["kubelet_running"] = bool(kubelet.get("running"))
    runtime.update(in_use="unknown", shim=None, endpoint=None, evidence="no kubelet is installed")
    if not kubelet.get("installed"):
        return
    # fields of a file that could not be read may say anything
    config = kubelet.get("config") if kubelet.get("config_read") else None
    runtime.update(runtime_in_use(kubelet.get("version"), node.args, config, os.path.realpath, processes.listener))
    if runtime["shim"] == "cri-dockerd":
        _correct_for_cri_dockerd(node, kubelet)


def _correct_for_cri_dockerd(node: "Inspection", kubelet: "Facts") -> None:
    argv = processes.command_line(node.main_pid(node.shim_service(), "cri-dockerd"))
    flags = docker.command_line_flags(argv) if argv else []
    for key, name in (
        ("cni_bin_dir", "cni-bin-dir"),
        ("cni_conf_dir", "cni-conf-dir"),
        ("cni_cache_dir", "cni-cache-dir"),
    ):
        kubelet[key] = docker.flag_value(flags, (name,)) or kubelet[key]
    # Set to nothing it puts pods on Docker's own bridge; not set it is CNI.
    plugin = docker.flag_value(flags, ("network-plugin",))
    kubelet["network_plugin"] = "cni" if plugin is None else plugin
    seen = node.info["docker"].get("containers", {}).get("sandbox_images") or []
    kubelet["pause_image"] = docker.flag_value(flags, ("pod-infra-container-image",)) or (
        seen[0] if seen else kubelet.get("pause_image")
    )
