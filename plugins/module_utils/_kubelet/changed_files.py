# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kubelet's files that change: as the module returns them, and how they are written."""

import grp
import hashlib
import os
import pwd
import stat
import tempfile

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.errors import PlanError
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import PACKAGE_FOLDERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple


def _state(path: str) -> "Tuple[Dict[str, Any], Optional[bytes]]":
    """(before, content) of a file as the module returns it; content is None where there is no file."""
    if not os.path.lexists(path):
        return {"exists": False, "sha256": None, "mode": None, "owner": None, "group": None}, None
    with open(path, "rb") as stream:
        content = stream.read()
    info = os.stat(path)
    return {
        "exists": True,
        "sha256": hashlib.sha256(content).hexdigest(),
        "mode": "%04o" % stat.S_IMODE(info.st_mode),
        "owner": _name_of(pwd.getpwuid, info.st_uid),
        "group": _name_of(grp.getgrgid, info.st_gid),
    }, content


def _name_of(lookup: "Callable[[int], Any]", number: int) -> str:
    try:
        return str(lookup(number)[0])
    except KeyError:
        return str(number)


def describe(entry: "Dict[str, Any]") -> "Tuple[Dict[str, Any], Optional[bytes]]":
    """One changing file of a Plan: (its entry of the module's result, its content now).

    Raises PlanError for a link to a package's file, and for bytes that JSON could not carry.
    """
    path = os.path.realpath(entry["path"])
    if path.startswith(PACKAGE_FOLDERS):
        raise PlanError(
            "CRI-KUBELET-SYMLINK",
            "{0} is a link to a package's file, {1}. Replace the link by a file of its own.".format(
                entry["path"], path
            ),
            path=entry["path"],
            target=path,
        )
    try:
        entry["content"].encode("utf-8")
    except UnicodeEncodeError:
        raise PlanError(
            "CRI-KUBELET-ENCODING",
            "{0} holds bytes that are not UTF-8. Rewrite them, in a comment perhaps, and run again.".format(path),
            path=path,
        ) from None
    before, content = _state(path)
    like = _state(entry["copy_of"])[0] if entry["copy_of"] and not before["exists"] else before
    return {
        "path": path,
        "change": "write",
        "content": entry["content"],
        "mode": like["mode"] or "0644",
        "owner": like["owner"] or "root",
        "group": like["group"] or "root",
        "before": before,
        "why": entry["why"],
    }, content


def write(module: "Any", files: "List[Dict[str, Any]]") -> None:
    """Write the described files. All new contents are on the disk before the first file is replaced.

    module: the AnsibleModule, whose methods set mode, owner and SELinux context. Raises OSError.
    """
    ready = []
    try:
        for entry in files:
            folder = os.path.dirname(entry["path"])
            if not os.path.isdir(folder):
                os.makedirs(folder, 0o755)
            handle, name = tempfile.mkstemp(prefix=".cri-switchover-", dir=folder)
            ready.append((name, entry))
            with os.fdopen(handle, "wb") as stream:
                stream.write(entry["content"].encode("utf-8"))
                stream.flush()
                os.fsync(stream.fileno())
        for name, entry in ready:
            module.set_mode_if_different(name, entry["mode"], False)
            module.set_owner_if_different(name, entry["owner"], False)
            module.set_group_if_different(name, entry["group"], False)
            # module.atomic_move would give a new file the default mode first.
            os.rename(name, entry["path"])
            module.set_default_selinux_context(entry["path"], False)
    finally:
        for name, _entry in ready:
            if os.path.exists(name):
                os.unlink(name)
