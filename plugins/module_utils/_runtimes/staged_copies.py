# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the staged copies of files: each whole or not at all, in a folder that only root may read.

Private to this collection: there is no promise that it stays as it is.
"""

import os
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Tuple

    # (uid, gid)
    Owner = Tuple[int, int]


def read(path: str) -> "Optional[bytes]":
    """The content of a file; None when there is none. A file that cannot be read is an OSError."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def is_current(path: str, content: bytes, mode: int, owner: "Owner") -> bool:
    """Whether a file has this content, mode and owner already. Raises OSError."""
    if read(path) != content:
        return False
    stat = os.stat(path)
    return stat.st_mode & 0o7777 == mode and (stat.st_uid, stat.st_gid) == owner


def write(path: str, content: bytes, mode: int, owner: "Owner") -> None:
    """Replace a file in one step; its content is on the disk before its name is. Raises OSError."""
    folder = os.path.dirname(path)
    os.makedirs(folder, 0o755, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".stage-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            os.fchown(stream.fileno(), *owner)
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def make_root(root: str) -> None:
    """Make the folder of the copies, and close it to all but root. Raises OSError."""
    for folder in (os.path.dirname(root), root):
        os.makedirs(folder, 0o700, exist_ok=True)
    os.chmod(root, 0o700)
