# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is mounted where, out of /proc/self/mounts. Pure."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional

    # {device, mount, fstype, options}
    Mount = Dict[str, Any]


def parse_mounts(text: str) -> "List[Mount]":
    """/proc/self/mounts as [{device, mount, fstype, options}], in the kernel's order."""
    mounts = []
    for line in text.splitlines():
        parts = line.split(" ")
        if len(parts) >= 4:
            mounts.append(
                {"device": parts[0], "mount": _unoctal(parts[1]), "fstype": parts[2], "options": parts[3].split(",")}
            )
    return mounts


def _unoctal(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), text)


def mount_of(path: str, mounts: "Iterable[Mount]") -> "Optional[Mount]":
    """The mount that holds a path: the longest that contains it, of equals the one mounted last."""
    found = None
    for mount in mounts:
        point = mount["mount"].rstrip("/")
        if path == point or path.startswith(point + "/"):
            if found is None or len(point) >= len(found["mount"].rstrip("/")):
                found = mount
    return found
