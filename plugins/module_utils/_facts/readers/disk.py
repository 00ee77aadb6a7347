# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads how much disk there is where kubelet and runtimes keep their data."""

import os
import re

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts.mounts import mount_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def read(node: "Inspection", disk: "Facts") -> None:
    """Fill the part `disk`, in bytes and inodes. It needs `kubelet` and the parts of all runtimes."""
    checked: "Dict[str, Optional[bool]]" = {}
    for name, path in _paths(node).items():
        existing = os.path.realpath(path)
        while not os.path.exists(existing):
            existing = os.path.dirname(existing)
        mount = mount_of(existing, node.mounts) or {"mount": "/", "fstype": None}
        stat = os.statvfs(existing)
        disk[name] = {
            "path": path,
            "mount": mount["mount"],
            "fstype": mount["fstype"],
            "size": stat.f_blocks * stat.f_frsize,
            "avail": stat.f_bavail * stat.f_frsize,
            "inodes_free": stat.f_favail,
            # two paths with the same number share their free bytes
            "device": os.stat(existing).st_dev,
        }
        if mount["fstype"] == "xfs":
            if mount["mount"] not in checked:
                checked[mount["mount"]] = _ftype(mount["mount"], node.timeout)
            disk[name]["ftype_ok"] = checked[mount["mount"]]


def _paths(node: "Inspection") -> "Dict[str, str]":
    """{who: where it keeps its data}."""
    info = node.info
    paths = {"kubelet": info["kubelet"].get("root_dir") or "/var/lib/kubelet"}
    for runtime in node.runtimes:
        if info[runtime.name].get("installed") or runtime is node.target:
            store = runtime.store_of(info[runtime.name])
            if store:
                paths[runtime.name] = store
    return paths


def _ftype(mount: str, timeout: float) -> "Optional[bool]":
    """Whether overlayfs can work on this XFS; None where that cannot be asked."""
    if not io.which("xfs_info"):
        return None
    match = re.search(r"\bftype=(\d)", io.run(["xfs_info", mount], timeout)[1])
    return match.group(1) == "1" if match else None
