# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves a node: without secrets, and no larger than a bound."""

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Iterator, List, Tuple

MASK = "********"
_SECRET_NAME = re.compile(
    r"(?i)(token|passw(or)?d|secret|credential|api[-_]?key|access[-_]?key|private[-_]?key|^auths?$)"
)
_USERINFO = re.compile(r"(://)[^/@\s]+@")
_BARE_USERINFO = re.compile(r"^[^\s/@]+@(?=[^@\s]+$)")
_BOOTSTRAP_TOKEN = re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
_ASSIGNMENT = re.compile(
    r"(?i)\b([\w.-]*(?:token|passw(?:or)?d|secret|api[-_]?key|access[-_]?key)[\w.-]*\s*[=:]\s*[\"']?)(?!/)[^\s,;&\"']+"
)
_PROXY_NAME = re.compile(r"(?i)(^|[-_.])(https?|ftp|all|socks)?[-_]?prox(y|ies)$")


def mask(value: "Any", name: str = "") -> "Any":
    """A copy of a JSON value without secrets. name: the key or flag that the value stands under."""
    if isinstance(value, dict):
        return {key: mask(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask(item, name) for item in value]
    if not isinstance(value, str) or not value:
        return value
    # a path names a secret, it is none
    if _SECRET_NAME.search(name) and not value.startswith("/") and value not in ("true", "false"):
        return MASK
    value = _USERINFO.sub(r"\1" + MASK + "@", value)
    if _PROXY_NAME.search(name):
        value = _BARE_USERINFO.sub(MASK + "@", value)
    return _BOOTSTRAP_TOKEN.sub(MASK, _ASSIGNMENT.sub(r"\1" + MASK, value))


def mask_words(words: "Iterable[str]") -> "List[str]":
    """Options with their values in one word, `--name=value`, each masked by its own name."""
    masked = []
    for word in words:
        name, separator, value = word.partition("=")
        masked.append(mask(name + separator + str(mask(value, name))))
    return masked


def size(value: "Any") -> int:
    """Bytes that a value takes as JSON."""
    return len(json.dumps(value))


def bound(value: "Dict[str, Any]", limit: int, text_limit: int = 500) -> "Dict[str, Any]":
    """A copy of a JSON object that takes at most `limit` bytes.

    Texts of more than `text_limit` characters are clipped. Then the largest list loses its last tenth again and again;
    a key `<list>_truncated` beside it says so. Without a list left to cut, it may stay larger.
    """
    value = _clip(value, text_limit)
    while size(value) > limit:
        lists = list(_lists(value))
        if not lists:
            return value
        parent, key = max(lists, key=lambda place: size(place[0][place[1]]))
        parent[key] = parent[key][: len(parent[key]) * 9 // 10]
        parent[key + "_truncated"] = True
    return value


def _clip(value: "Any", text_limit: int) -> "Any":
    if isinstance(value, dict):
        return {key: _clip(item, text_limit) for key, item in value.items()}
    if isinstance(value, list):
        return [_clip(item, text_limit) for item in value]
    if isinstance(value, str) and len(value) > text_limit:
        return value[:text_limit] + "..."
    return value


def _lists(value: "Dict[str, Any]") -> "Iterator[Tuple[Dict[str, Any], str]]":
    """(object, key) of every list that is not empty."""
    for key, item in value.items():
        if isinstance(item, list) and item:
            yield value, key
        elif isinstance(item, dict):
            yield from _lists(item)
