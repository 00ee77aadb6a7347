# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing TOML, as far as the configurations of this collection need it. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, Tuple

    Path = Tuple[str, ...]


class TomlError(ValueError):
    """A value that is not written to a file. The message starts with a verb: "holds a control character"."""


def dumps(tree: "Dict[str, Any]", path: "Path" = ()) -> str:
    """Nested dicts as the text of a TOML file; the values of a table come before its tables.

    ``path``: the names of the tables around ``tree``. Raises TomlError for a text with control characters.
    """
    lines = ["%s = %s" % (_key(name), _value(tree[name])) for name in tree if not isinstance(tree[name], dict)]
    if path and lines:
        lines = ["", "[%s]" % ".".join(_key(step) for step in path)] + lines
    for name in tree:
        if isinstance(tree[name], dict):
            lines += dumps(tree[name], path + (name,)).splitlines()
    return "".join(line + "\n" for line in lines)


def leaves(tree: "Dict[str, Any]", path: "Path" = ()) -> "Iterator[Tuple[Path, Any]]":
    """(path, value) of each value in nested dicts; a path is the tuple of its keys."""
    for name in tree:
        if isinstance(tree[name], dict):
            yield from leaves(tree[name], path + (name,))
        else:
            yield path + (name,), tree[name]


def _key(name: str) -> str:
    return name if re.match(r"^[A-Za-z0-9_-]+$", name) else json.dumps(name)


def _value(value: "Any") -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(_value(item) for item in value)
    text = str(value)
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise TomlError("holds a control character: %r" % text)
    return json.dumps(text, ensure_ascii=False)
