# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands at a path, and whether the plan's files are still as the switch wrote them.

The preflight uses this file, too: what it reports is what the engine would refuse.
"""

import errno
import hashlib
import os

from .errors import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    Image = Dict[str, Any]
    PlanFile = Dict[str, Any]


def image_of(real: str, path: "Optional[str]" = None) -> "Image":
    """What stands at a path: {kind: absent|file|link, sha256, mode, uid, gid, label, to}

    sha256 of a link is that of the file it leads to, if any. ``path``: how messages name it.
    Raises Failure for a directory or a device, and for a link to one.
    """
    try:
        stat = os.lstat(real)
    except OSError as exc:
        if exc.errno in (errno.ENOENT, errno.ENOTDIR):
            return {"kind": "absent"}
        raise
    image: "Image" = {"kind": "file"}
    if os.path.islink(real):
        image = {"kind": "link", "to": os.readlink(real)}
        if not os.path.exists(real):
            return image
    if not os.path.isfile(real):
        raise Failure("CRI-CUTOVER-FILE", "%s is not a file" % (path or real), path=path or real)
    with open(real, "rb") as stream:
        image["sha256"] = hashlib.sha256(stream.read()).hexdigest()
    image.update(mode="%04o" % (stat.st_mode & 0o7777), uid=stat.st_uid, gid=stat.st_gid)
    label = read_label(real)
    if label:
        image["label"] = label
    return image


def read_label(real: str) -> "Optional[str]":
    """The SELinux label of a file; None where there is none."""
    try:
        return os.getxattr(real, "security.selinux", follow_symlinks=False).decode("ascii").rstrip("\0")
    except OSError:
        return None


def drifted(files: "List[PlanFile]", seen: "Dict[str, Image]") -> "List[Dict[str, Any]]":
    """The plan's files that are no longer as the switch wrote them: [{path, seen, wanted}]. seen: {path: image}."""
    found = []
    for item in files:
        if item.get("group") == "boot":
            continue  # gone with the confirmation
        image = seen[item["path"]]
        if item["change"] != "write":
            wanted, now = "absent", image.get("sha256") or image["kind"]
        elif image["kind"] == "file" and image["sha256"] == item["sha256"]:
            wanted, now = "mode %04o" % int(item["mode"], 8), "mode " + image["mode"]
        else:
            wanted, now = item["sha256"], image.get("sha256") if image["kind"] == "file" else image["kind"]
        if now != wanted:
            found.append({"path": item["path"], "seen": now, "wanted": wanted})
    return found
