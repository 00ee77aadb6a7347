# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the installed containerd made of its config.toml, compared with what was meant. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import json
import re

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd_config, toml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple

    Path = Tuple[str, ...]


def check(dump: str, settings: "Dict[str, Any]") -> "List[str]":
    """Differences between ``containerd config dump`` and what ``settings`` ask for, as sentences.

    containerd ignores a key that it does not know, without a message. A dump that lacks one of ours shows it.
    """
    seen = read_dump(dump)
    problems = []
    for path, wanted in toml.leaves(containerd_config.tree(settings)):
        # The dump has its own version, and the files it read as imports.
        if path not in (("version",), ("imports",)) and seen.get(path) != wanted:
            problems.append("%s is %r, wanted %r" % (".".join(path), seen.get(path), wanted))
    return problems


def read_dump(text: str) -> "Dict[Path, Any]":
    """{path: value} of what ``containerd config dump`` prints: one value a line, a small part of TOML."""
    found: "Dict[Path, Any]" = {}
    path: "Path" = ()
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            path = _split_header(line.strip("[]"))
            continue
        name, separator, value = line.partition(" = ")
        if separator:
            found[path + _split_header(name)] = _read_value(value.strip())
    return found


def _split_header(text: str) -> "Path":
    """("plugins", "io.containerd.grpc.v1.cri", "cni") from the inside of a table's header."""
    return tuple(
        bare or single or double
        for double, single, bare in re.findall(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)", text)
    )


def _read_value(text: str) -> "Any":
    if text in ("true", "false"):
        return text == "true"
    if re.match(r"^[+-]?\d+$", text):
        return int(text)
    if re.match(r"^[+-]?\d+\.\d+$", text):
        return float(text)
    if text.startswith("["):
        return [
            json.loads('"%s"' % double) if double else single
            for double, single in re.findall(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'", text)
        ]
    if text.startswith('"'):
        return json.loads(text)
    return text.strip("'")
