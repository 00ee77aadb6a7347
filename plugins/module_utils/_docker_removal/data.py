# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's data directories: what may be deleted of them, and in which order. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import posixpath
import re

from ansible_collections.cri.switchover.plugins.module_utils._common.text import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List

# What Docker keeps in its directory. The marks show that it is Docker's, so they are deleted last.
_MARKS = ("image", "containers")
_LAYOUT = re.compile(
    r"^(builder|buildkit|containerd|engine-id|fuse-overlayfs|network|nuke-graph-directory\.sh|overlay2?|plugins|rootfs"
    r"|runtimes|swarm|tmp|tmp-old|trust|vfs|volumes|aufs|lost\+found|linkgraph\.db|graph|init|execdriver|repositories-\w+"
    r"|\d+\.\d+|%s)$" % "|".join(_MARKS)
)
# File systems that Docker itself mounts below its directory.
_DOCKERS_MOUNTS = ("overlay", "aufs", "tmpfs", "nsfs", "shm", "fuse.fuse-overlayfs")
# Not part of the data directory, but of no use without it.
OTHER_DATA = ("/var/lib/dockershim", "/var/lib/cri-dockerd", "/etc/docker")


def data_problems(data: "Dict[str, Any]") -> "List[str]":
    """Why one of Docker's directories may not be deleted, as sentences.

    ``data``: {root, real, exists, entries, is_mount, device, mounts, users, begun}.
    """
    root = data["root"]
    if not data["exists"]:
        return []
    if root == "/" or posixpath.normpath(root) != root or not root.startswith("/") or data["real"] != root:
        return ["%s is a link or lies behind one (%s)" % (root, data["real"])]
    found = []
    if data["is_mount"]:
        found.append("%s is a mount point of its own: unmount it, and deal with its disk yourself" % root)
    unknown = [name for name in data["entries"] if not _LAYOUT.match(name)]
    if unknown:
        found.append("%s holds what is not known as Docker's: %s" % (root, listed(unknown)))
    elif data["entries"] and not data["begun"] and not set(_MARKS) & set(data["entries"]):
        found.append("%s does not look like Docker's directory: it has no %s" % (root, " and no ".join(_MARKS)))
    for mount in data["mounts"]:
        if mount["fstype"] not in _DOCKERS_MOUNTS and mount["device"] != data["device"]:
            found.append("%s (%s) is mounted there" % (mount["mount"], mount["fstype"]))
    if data["users"]:
        found.append("%s is in use by %s" % (root, listed(data["users"])))
    return found


def data_items(data: "Dict[str, Any]") -> "List[str]":
    """Directories that would be deleted. ``data``: {roots: see data_problems(), others: paths}."""
    return [directory["root"] for directory in data["roots"] if directory["exists"]] + data["others"]


def deletion_order(entries: "Iterable[str]") -> "List[str]":
    """Entries of Docker's directory, so that what is left of it shows until the end that it is Docker's."""
    return sorted(entries, key=lambda name: (_MARKS.index(name) + 1 if name in _MARKS else 0, name))
