# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This package as one file that a node can run: a zip of its members, compiled by the interpreter that will run them.

The module `cutover` builds it on the node. Neither the zip nor its launcher needs this module there.
"""

import hashlib
import importlib.util
import io
import marshal
import sys
import time
import zipfile

from .names import ARCHIVE, COMMAND, LAUNCHER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

    from .node import Node

# A list, not a search: what a search does not find is missing silently. A test compares it with the folder.
MEMBERS = (
    "archive",
    "before_images",
    "boot",
    "cli",
    "cni",
    "commands",
    "cri",
    "docker",
    "errors",
    "files",
    "forget",
    "guards",
    "journal",
    "kernel",
    "kubelet",
    "live_files",
    "launch",
    "log",
    "machine",
    "names",
    "next_boot",
    "node",
    "node_lock",
    "pods",
    "recovery",
    "refusals",
    "revert_plan",
    "revert_steps",
    "smoke",
    "sockets",
    "store",
    "switch_steps",
    "systemd",
    "views",
    "waiting",
    "work",
)
# Its name in the zip.
PACKAGE = "engine"
MAIN = (
    """\
import sys

from %s import cli

sys.exit(cli.main())
"""
    % PACKAGE
)
# The zip's folder is found last: nothing of the standard library is looked for in it.
LAUNCHER_TEXT = """\
#!%s -IS
import sys

sys.path.append("%s")
from %s import cli

sys.exit(cli.main())
"""
# Of every file in the zip: the same sources make the same zip.
WHEN = (2026, 1, 1, 0, 0, 0)


def sources() -> "Dict[str, bytes]":
    """{member: its source}, through their loaders: in a folder, in a module's payload, or in the zip itself."""
    package = __name__.rpartition(".")[0]
    found = {}
    for member in MEMBERS:
        name = "%s.%s" % (package, member)
        loader: "Any" = getattr(importlib.util.find_spec(name), "loader", None)
        found[member] = loader.get_source(name).encode("utf-8")
    return found


def digest() -> str:
    """Distinguishes one engine from another: SHA-256 over names and sources of all members, as hexadecimal digits."""
    whole = hashlib.sha256()
    for member, source in sorted(sources().items()):
        whole.update(("%s %d\n" % (member, len(source))).encode("ascii") + source)
    return whole.hexdigest()


def compiled(source: bytes, path: str) -> bytes:
    """A .pyc of this interpreter that the zip's importer takes without compiling anything.

    From 3.7 on one that is marked as unchecked. 3.6 knows none: there it takes one that is as old as its source, by the
    local time that is in the zip; in another time zone it compiles the source again, which costs time and no more.
    """
    code = compile(source, path, "exec", dont_inherit=True)
    if sys.version_info >= (3, 7):
        head = (1).to_bytes(4, "little") + importlib.util.source_hash(source)
    else:
        moment = int(time.mktime(WHEN + (-1, -1, -1)))
        head = (moment & 0xFFFFFFFF).to_bytes(4, "little") + (len(source) & 0xFFFFFFFF).to_bytes(4, "little")
    return importlib.util.MAGIC_NUMBER + head + marshal.dumps(code)


def build(where: str = ARCHIVE) -> bytes:
    """The zip. where: its path on the node, which tracebacks name."""
    out = io.BytesIO()
    # Not compressed: to inflate it would cost each start more than the reading.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:

        def add(name: str, data: bytes) -> None:
            info = zipfile.ZipInfo(name, WHEN)
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)

        add("__main__.py", MAIN.encode("ascii"))
        for member, source in sorted(dict(sources(), __init__=b"").items()):
            path = "%s/%s.py" % (PACKAGE, member)
            add(path, source)
            add(path + "c", compiled(source, "%s/%s" % (where, path)))
    return out.getvalue()


def launcher(python: "Optional[str]" = None, where: str = ARCHIVE) -> str:
    """The text of the command `cri-switchover`. python: the interpreter, by default the one that runs now."""
    return LAUNCHER_TEXT % (python or sys.executable, where, PACKAGE)


def install(node: "Node") -> None:
    """Put the program and its command on the node, each by one rename: one that runs there is not disturbed."""
    node.write(ARCHIVE, build())
    node.write(LAUNCHER, launcher().encode("utf-8"), mode=0o755)
    node.link(COMMAND, LAUNCHER)
