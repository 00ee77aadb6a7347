# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan's files: what the switch writes, whether they are still as they were seen, and how they come back.

An image is what Node.image_of() returns of a path. A plan's file: {path, group, change: write|remove, staged, sha256,
mode, owner, group_name, before: {exists, sha256}}.
"""

import hashlib

from .errors import Failure
from .systemd import needs_reload, systemctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Tuple

    from .before_images import BeforeImages
    from .node import Node

    Image = Dict[str, Any]
    PlanFile = Dict[str, Any]


def differing(wanted: "List[PlanFile]", seen: "Dict[str, Image]") -> "List[Dict[str, Any]]":
    """The plan's files that are not as they were assessed: [{path, seen, wanted}]. seen: {path: image}."""
    found = []
    for item in wanted:
        before, image = item["before"], seen[item["path"]]
        digest = image.get("sha256")
        if before["exists"] != (image["kind"] != "absent") or (before["exists"] and before["sha256"] != digest):
            found.append({"path": item["path"], "seen": digest or "absent", "wanted": before.get("sha256") or "absent"})
    return found


def images_of(node: "Node", files: "Iterable[PlanFile]") -> "Dict[str, Image]":
    """{path: image} of the plan's files as they are now."""
    return dict((item["path"], node.image_of(item["path"])) for item in files)


def write_files(node: "Node", plan: "Dict[str, Any]", images: "BeforeImages", group: str) -> None:
    """Write, or remove, the plan's files of one group, with the labels they had; then systemd reads its own again."""
    paths = []
    for item in plan["files"]:
        if item["group"] != group:
            continue
        paths.append(item["path"])
        if item["change"] == "remove":
            node.remove(item["path"])
            continue
        data = node.read(item["staged"])
        if hashlib.sha256(data).hexdigest() != item["sha256"]:
            raise Failure("CRI-CUTOVER-STAGED", "%s is not what was staged" % item["staged"], path=item["path"])
        uid, gid = ids(item["owner"], item["group_name"])
        label = images.index["files"][item["path"]].get("label")
        node.write(item["path"], data, mode=int(item["mode"], 8), uid=uid, gid=gid, label=label)
    if needs_reload(paths):
        systemctl(node, "daemon-reload")


def keep_changed(node: "Node", files: "List[PlanFile]", images: "BeforeImages") -> "List[str]":
    """A file that somebody changed since the switch is put aside before it is replaced: nothing is ever lost.

    Returns what is to be reported of them.
    """
    kept = []
    for number, item in enumerate(files):
        image, before = node.image_of(item["path"]), images.index["files"][item["path"]]
        copy = "%s/changed/%d" % (images.directory, number)
        if image["kind"] == "link" and image["to"] != before.get("to"):
            node.link(copy, image["to"])
        elif image["kind"] == "file" and image["sha256"] not in (item["sha256"], before.get("sha256")):
            node.write(copy, node.read(item["path"]))
        else:
            continue
        kept.append("%s (now %s)" % (item["path"], copy))
    return kept


def restore(node: "Node", path: str, image: "Image") -> None:
    """This path is again what its image says; what is so already is not written."""
    node.forget(node.temporary(path))
    if image["kind"] == "absent":
        node.remove(path)
    elif image["kind"] == "link":
        node.link(path, image["to"])
    elif node.image_of(path) != dict((key, value) for key, value in image.items() if key != "copy"):
        node.write(
            path,
            node.read(image["copy"]),
            mode=int(image["mode"], 8),
            uid=image["uid"],
            gid=image["gid"],
            label=image.get("label"),
        )


def ids(owner: str, group: str) -> "Tuple[int, int]":
    """(uid, gid) of names or numbers. KeyError for a name that nobody has."""
    import grp
    import pwd

    uid = int(owner) if str(owner).isdigit() else pwd.getpwnam(owner).pw_uid
    gid = int(group) if str(group).isdigit() else grp.getgrnam(group).gr_gid
    return uid, gid
