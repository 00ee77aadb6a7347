# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of images. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Tuple


def full_name(reference: str) -> "Tuple[str, Optional[str]]":
    """(name a runtime keeps it under, digest or None): "nginx" is docker.io/library/nginx:latest.

    With a digest the tag means nothing and is dropped, as runtimes do. Raises ValueError for what is no reference.
    """
    rest, _at, digest = reference.partition("@")
    match = re.match(r"(.+?)(?::([\w][\w.-]{0,127}))?\Z", rest)
    if (
        not match
        or not re.match(r"[\w][\w./:-]*\Z", rest)
        or (digest and not re.match(r"sha256:[0-9a-f]{64}\Z", digest))
    ):
        raise ValueError("%r is not an image reference" % reference)
    name, tag = match.groups()
    host, slash, path = name.partition("/")
    if not slash or not (re.search(r"[.:]", host) or host == "localhost"):
        host, path = "docker.io", name
    if host == "index.docker.io":
        host = "docker.io"
    if host == "docker.io" and "/" not in path:
        path = "library/" + path
    return "%s/%s%s" % (host, path, "@" + digest if digest else ":" + (tag or "latest")), digest or None


def is_tag(name: str) -> bool:
    """Whether this is the full name of a tag; containerd's CRI plugin also lists sha256:... by itself."""
    try:
        return not name.startswith("sha256:") and full_name(name) == (name, None)
    except ValueError:
        return False
