# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O's drop-in configuration. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.

What is said here of CRI-O was read in the source of 1.34.0 (pkg/config, internal/lib) and in crio.conf(5).
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import version
from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import FOLDER, OWN, ROOT
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import toml_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Tuple

# Files of the folder are read in the order of their names, the last one counts. The packages' own is 10-crio.conf.
# An operator may add a file after ours: crio_check reports what it changes.
CONFIG = FOLDER + "/" + OWN
# How the storage is set up, for CRI-O and for what copies images to it.
DRIVER = "overlay"
RUN_ROOT = "/run/containers/storage"
# Before, all of the storage was removed after an unclean end; from then on only what is damaged (cri-o pull request
# 7190).
REPAIR = (1, 29)

# Docker's default set (moby, oci/caps/defaults.go). CRI-O leaves out AUDIT_WRITE, MKNOD, NET_RAW, SETFCAP and
# SYS_CHROOT (internal/config/capabilities): without them ping, chroot and some package managers fail in pods.
DOCKER_CAPABILITIES = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)


def tree(settings: "Dict[str, Any]") -> "Dict[str, Any]":
    """The drop-in file as nested dicts. ``settings``: of crio_settings.settings_of()."""
    whole = {
        "runtime": _runtime(settings),
        "image": _image(settings),
        "network": {"network_dir": settings["cni_conf_dir"], "plugin_dirs": settings["cni_bin_dirs"]},
    }
    # Directly below [crio] stands only what differs from CRI-O's default.
    top: "Dict[str, Any]" = {}
    if settings["root"] != ROOT:
        top["root"] = settings["root"]
    if not settings["repair"]:
        top.update(_keep_storage(version(settings["version"]) or ()))
    return {"crio": dict(top, **whole)}


def render(settings: "Dict[str, Any]") -> str:
    """The text of the drop-in file. Raises RuntimeConfigError."""
    return toml_file(tree(settings))


def _runtime(settings: "Dict[str, Any]") -> "Dict[str, Any]":
    table = {
        "cgroup_manager": settings["cgroup_manager"],
        # With cgroupfs, CRI-O does not start with anything but "pod" or nothing; it then counts for every runtime.
        "conmon_cgroup": "pod" if settings["cgroup_manager"] == "cgroupfs" else settings["monitor_slice"],
        "default_runtime": settings["default_runtime"],
    }
    if settings["keep_docker_defaults"]:
        table["default_capabilities"] = list(DOCKER_CAPABILITIES)
        table["default_ulimits"] = settings["ulimits"]
    if settings["runtimes"]:
        table["runtimes"] = settings["runtimes"]
    return table


def _image(settings: "Dict[str, Any]") -> "Dict[str, Any]":
    table = {"pause_image": settings["pause_image"]}
    if settings["system_policy"]:
        table["signature_policy"] = ""
    if settings["pinned_images"]:
        table["pinned_images"] = settings["pinned_images"]
    return table


def _keep_storage(release: "Tuple[int, ...]") -> "Dict[str, Any]":
    """What keeps CRI-O from removing images after an unclean end."""
    return {"internal_repair": False} if release >= REPAIR else {"clean_shutdown_file": ""}
