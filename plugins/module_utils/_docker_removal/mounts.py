# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mounts in and on a directory, by the kernel's list. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import posixpath
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    # {mount, root, fstype, device, options}
    Mount = Dict[str, Any]


def parse_mountinfo(text: str) -> "List[Mount]":
    """/proc/self/mountinfo: [{mount, root, fstype, device, options}], in the kernel's order."""
    mounts = []
    for line in text.splitlines():
        head, _separator, tail = line.partition(" - ")
        parts, rest = head.split(" "), tail.split(" ")
        if len(parts) > 5 and len(rest) > 2:
            root, path = [
                re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), part) for part in parts[3:5]
            ]
            mounts.append({"mount": path, "root": root, "fstype": rest[0], "device": parts[2], "options": rest[2]})
    return mounts


def mounts_at(path: str, mounts: "List[Mount]") -> "Tuple[List[Mount], bool]":
    """(mounts at or below a directory that Docker makes itself, whether another is mounted on it)

    Docker mounts its directory on itself where that would else be private, and undoes it when it ends well.
    """
    at = [mount for mount in mounts if mount["mount"] == path]
    own = [mount for mount in at if _on_itself(mount, mounts)]
    return own + [mount for mount in mounts if is_below(mount["mount"], path)], len(own) < len(at)


def namespaces_below(path: str, mounts: "List[Mount]") -> "List[str]":
    """Network namespaces that Docker has bound there (nsfs); one of the host's network outlives it."""
    return [mount["mount"] for mount in mounts if mount["fstype"] == "nsfs" and is_below(mount["mount"], path)]


def is_below(path: str, directory: str) -> bool:
    """Whether a path is inside of a directory; not the directory itself."""
    return path.startswith(directory.rstrip("/") + "/")


def is_within(path: "Optional[str]", directory: str) -> bool:
    """Whether a path is a directory, or inside of it."""
    return bool(path) and (path == directory or is_below(path or "", directory))


def _on_itself(mount: "Mount", mounts: "List[Mount]") -> bool:
    above = [other for other in mounts if is_below(mount["mount"], other["mount"])]
    if not above:
        return False
    parent = max(above, key=lambda other: len(other["mount"]))
    inside = posixpath.relpath(mount["mount"], parent["mount"])
    return mount["device"] == parent["device"] and mount["root"] == posixpath.join(parent["root"], inside)
