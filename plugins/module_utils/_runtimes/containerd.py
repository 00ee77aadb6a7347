# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd as the target of a switch: all that a node needs to run on it. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_tables, handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd_config import (
    CONFIG,
    render,
    toml_text,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd_settings import settings_of
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import (
    BANNER,
    MODULES,
    SYSCTL_FILE,
    host_files,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import containerd_package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

SOCKET = "unix:///run/containerd/containerd.sock"


def plan(info: "Dict[str, Any]", options: "Optional[Dict[str, Any]]" = None) -> "Dict[str, Any]":
    """Packages and files for containerd, how they are checked, and how they are put to use.

    ``info``: the node's facts, of node_runtime_info; ``options``: see containerd_settings.OPTIONS.
    Raises ContainerdConfigError.
    """
    settings = settings_of(info, options)
    return {
        "runtime": "containerd",
        "service": "containerd.service",
        "socket": SOCKET,
        "version_prefix": "containerd://",
        "version": settings["version"],
        "packages": missing_packages(info),
        "package_manager": dig(info, "packages.manager"),
        "settings": settings,
        "files": [{"path": path, "content": text, "mode": "0644"} for path, text in contents(info, settings)],
        "validate": [
            [dig(info, "containerd.binary") or "containerd", "--config", "{staged}" + CONFIG, "config", "dump"]
        ],
        "modules": MODULES,
        "sysctl_files": [SYSCTL_FILE],
        # The default first: the verification expects that pods get it without asking.
        "handlers": [handlers.plan_handler(handler) for handler in settings["handlers"]],
        # Where image_transfer needs room.
        "store": settings["root"],
        "pause_image": settings["pause_image"],
        "crictl": dig(info, "crictl.path") or "/usr/bin/crictl",
    }


def contents(info: "Dict[str, Any]", settings: "Dict[str, Any]") -> "List[Tuple[str, str]]":
    """[(path, text)] of the files: config.toml, the host's, and one for each handler of gVisor."""
    files = [(CONFIG, render(settings))] + host_files(info, SOCKET)
    for handler in settings["handlers"]:
        if handler["runtime"] == "runsc":
            table = handler_tables.runsc_toml(
                handler, settings["systemd_cgroup"], settings["handler_binaries"].get("runsc")
            )
            files.append((handler_tables.runsc_config_path(handler["name"]), BANNER + toml_text(table)))
    return files


def missing_packages(info: "Dict[str, Any]") -> "List[str]":
    """Packages that are to be installed: containerd and crictl's, where they are not there yet."""
    packages = [] if dig(info, "containerd.installed") else [containerd_package(info)]
    return packages + ([] if dig(info, "crictl.installed") else ["cri-tools"])
