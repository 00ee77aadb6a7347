# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small readings and wordings that every package needs: paths in nested dicts, versions, lists and sizes. Pure."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, Optional, Tuple


def dig(tree: "Any", path: str, default: "Any" = None) -> "Any":
    """The value at a dotted path of nested dicts; ``default`` when a step is missing or None."""
    for key in path.split("."):
        tree = tree.get(key) if isinstance(tree, dict) else None
        if tree is None:
            return default
    return tree


def version(text: "Any") -> "Optional[Tuple[int, ...]]":
    """(1, 6, 20) from "1.6.20~ds1-1+deb12u1", "v1.23.17", "5:20.10.24-1"; None when there is no version in it."""
    match = re.search(r"(?:^|[:v\s])(\d+)\.(\d+)(?:\.(\d+))?", str(text or ""))
    return tuple(int(part or 0) for part in match.groups()) if match else None


def fields(text: str) -> "Dict[str, str]":
    """{name: value} of lines "Name:  value", as crictl prints its version; lines without a value are left out."""
    parts = (line.partition(":") for line in text.splitlines())
    return dict((name.strip(), value.strip()) for name, _colon, value in parts if value.strip())


def listed(items: "Iterable[Any]", limit: int = 8) -> str:
    """The items for a sentence, separated by commas; of more than ``limit``, the number of the others."""
    texts = [str(item) for item in items]
    shown = ", ".join(texts[:limit])
    return "%s and %d more" % (shown, len(texts) - limit) if len(texts) > limit else shown


def spoken(value: "Any", form: "Callable[[Any], str]" = repr) -> str:
    """What somebody gave, for a message: a short text or a number as ``form`` has it, of all else only its kind.

    What is, or contains, a URL is not shown, because it may have credentials.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return form(value)
    if isinstance(value, str):
        return form(value) if re.match(r"^(?!.*(//|@))[^\x00-\x1f]{0,100}\Z", value) else "text that is not shown"
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, (list, tuple)) else "of no use"


def without_urls(text: str) -> str:
    """A message without each URL in it: it may have credentials."""
    return re.sub(r"[^\s'\"`]*//[^'\"`]*", "(a URL)", text)


def human(size: float) -> str:
    """A number of bytes, human-readable: whole up to MiB, one decimal in GiB."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return "%d %s" % (size, unit)
        size /= 1024.0
    return "%.1f GiB" % size
