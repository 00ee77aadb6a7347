# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O as the target of a switch: all that a node needs to run on it. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import OWN, OWN_POLICY
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_programs, handler_tables, handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_check import validation
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_config import (
    CONFIG,
    DRIVER,
    RUN_ROOT,
    render,
    toml_text,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_settings import (
    POLICY,
    counting_policies,
    settings_of,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import (
    BANNER,
    MODULES,
    SYSCTL_FILE,
    host_files,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

REGISTRIES = "/etc/containers/registries.conf.d/" + OWN
STORAGE = "/etc/containers/storage.conf"
# Newer packages of upstream's bring a network of CRI-O's own (11-crio-ipv4-bridge.conflist), which would be used.
# Staging leaves it out. The next upgrade would bring it again, under a name that comes before the cluster's file.
DPKG = "/etc/dpkg/dpkg.cfg.d/cri-switchover"
SOCKET = "unix:///var/run/crio/crio.sock"


def plan(info: "Dict[str, Any]", options: "Optional[Dict[str, Any]]" = None) -> "Dict[str, Any]":
    """Packages and files for CRI-O, how they are checked, and how they are put to use.

    ``info``: the node's facts, of node_runtime_info; ``options``: see crio_settings.OPTIONS. Raises CrioConfigError.
    """
    settings = settings_of(info, options)
    return {
        "runtime": "crio",
        "service": "crio.service",
        "socket": SOCKET,
        "version_prefix": "cri-o://",
        "version": settings["version"],
        "packages": missing_packages(info),
        "package_manager": dig(info, "packages.manager"),
        "settings": settings,
        "files": [{"path": path, "content": text, "mode": "0644"} for path, text in contents(info, settings)],
        # Before CRI-O is installed there is nothing that could check a file.
        "validate": [validation(dig(info, "crio.binary") or "crio")] if dig(info, "crio.installed") else [],
        "modules": MODULES,
        "sysctl_files": [SYSCTL_FILE],
        "handlers": [
            handlers.plan_handler(handler) if "runtime" in handler else handler for handler in settings["handlers"]
        ],
        # Where image_transfer writes.
        "store": settings["root"],
        "pause_image": settings["pause_image"],
        "crictl": dig(info, "crictl.path") or "/usr/bin/crictl",
    }


def contents(info: "Dict[str, Any]", settings: "Dict[str, Any]") -> "List[Tuple[str, str]]":
    """[(path, text)] of the files. policy.json and storage.conf belong to all of containers/*: only if absent."""
    files = [(CONFIG, render(settings))]
    if settings["unqualified_registries"]:
        text = toml_text({"unqualified-search-registries": settings["unqualified_registries"]})
        files.append((REGISTRIES, BANNER + text))
    if not counting_policies(info):
        files.append((POLICY, OWN_POLICY))
    if not dig(info, "crio.storage.file"):
        storage = {"driver": DRIVER, "runroot": RUN_ROOT, "graphroot": settings["root"]}
        files.append((STORAGE, BANNER + toml_text({"storage": storage})))
    if dig(info, "packages.manager") == "apt":
        files.append((DPKG, BANNER + "path-exclude=%s/*crio*\n" % settings["cni_conf_dir"].rstrip("/")))
    for handler in settings["handlers"]:
        if handler.get("runtime") == "runsc":
            runsc = handler_programs.binaries(info).get("runsc")
            table = handler_tables.runsc_toml(handler, settings["cgroup_manager"] == "systemd", runsc, grouping=True)
            files.append((handler_tables.crio_config_path(handler["name"]), BANNER + toml_text(table)))
    return files + host_files(info, SOCKET)


def missing_packages(info: "Dict[str, Any]") -> "List[str]":
    """Packages that are to be installed: CRI-O, crictl's, and skopeo, which copies images to its storage."""
    packages = []
    if not dig(info, "crio.installed"):
        packages.append("cri-o")
        # Older repositories have the OCI runtime and its monitor in a package of their own.
        if dig(info, "packages.candidates", {}).get("cri-o-runc") and not dig(info, "crio.programs.runc"):
            packages.append("cri-o-runc")
    elif not dig(info, "crio.programs.conmon") and not dig(info, "crio.programs.conmonrs"):
        packages.append("conmon")
    if not dig(info, "crio.programs.skopeo"):
        packages.append("skopeo")
    return packages + ([] if dig(info, "crictl.installed") else ["cri-tools"])
