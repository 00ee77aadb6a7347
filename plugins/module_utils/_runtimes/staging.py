# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where staged copies of files go, and what of them may be shown. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import hashlib
import posixpath
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

# The folder of the copies, where the engine expects them.
ROOT = "/var/lib/cri-switchover/staged"
HIDDEN = "(not shown: only its owner may read this file)\n"


def sha256(content: bytes) -> str:
    """The checksum of a content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def staged_path(root: str, path: str) -> str:
    """Where the copy of the live file ``path`` is kept below the staging folder ``root``."""
    return root.rstrip("/") + path


def problems(files: "List[Dict[str, Any]]", root: str) -> "List[str]":
    """What is wrong with a request to stage files, as sentences. ``files``: [{path, mode}]."""
    found = []
    seen = set()
    first: "Dict[str, Any]" = {"path": root}
    for entry in [first] + files:
        path = entry["path"]
        if not path.startswith("/") or posixpath.normpath(path) != path or path.startswith("//") or path == "/":
            found.append("%r is not an absolute, plain path" % path)
        if path in seen:
            found.append("%s is given twice" % path)
        seen.add(path)
        if not re.match(r"^0?[0-7]{3}$", entry.get("mode", "0644")):
            found.append('%s: mode %r is not octal such as "0644"' % (path, entry["mode"]))
    return found


def mode_number(mode: str) -> int:
    """A mode such as "0644" as a number."""
    return int(mode, 8)


def mode_text(number: int) -> str:
    """A mode as four octal digits."""
    return "%04o" % number


def is_private(mode: str) -> bool:
    """Whether only the owner may read it: then its content appears nowhere."""
    return mode_number(mode) & 0o044 == 0


def substitute(command: "List[str]", root: str) -> "List[str]":
    """A validation command with the staging folder in place of {staged}."""
    return [word.replace("{staged}", root.rstrip("/")) for word in command]


def diff(path: str, mode: str, before: "Optional[bytes]", after: bytes) -> "Optional[Dict[str, str]]":
    """What a switch would change in the live file, as an entry of Ansible's diff; None without a difference.

    ``before``: None where there is no file. Of a private file no content is shown.
    """
    if before == after:
        return None
    header = {"before_header": path if before is not None else path + " (absent)", "after_header": path}
    if is_private(mode):
        return dict(header, before=HIDDEN if before is not None else "", after="changed " + HIDDEN)
    return dict(header, before=(before or b"").decode("utf-8", "replace"), after=after.decode("utf-8", "replace"))
