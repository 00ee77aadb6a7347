# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves a node: without secrets, and no larger than a bound."""

import json
import re

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


def mask(value, name=""):
    """A copy of a JSON value in which nothing that opens a door is left: `name` is the key or flag it stands under."""
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


def mask_words(words):
    """Options with their values in one word, `--name=value`, each masked by its own name."""
    masked = []
    for word in words:
        name, separator, value = word.partition("=")
        masked.append(mask(name + separator + str(mask(value, name))))
    return masked


def size(value):
    return len(json.dumps(value))


def bound(value, limit, text_limit=500):
    """A copy of a JSON value that takes at most `limit` bytes: long texts are clipped, and then the largest list
    loses its last tenth again and again; a key `<list>_truncated` beside it says so."""
    value = _clip(value, text_limit)
    while size(value) > limit:
        lists = list(_lists(value))
        if not lists:
            return value
        parent, key = max(lists, key=lambda place: size(place[0][place[1]]))
        parent[key] = parent[key][: len(parent[key]) * 9 // 10]
        parent[key + "_truncated"] = True
    return value


def _clip(value, text_limit):
    if isinstance(value, dict):
        return {key: _clip(item, text_limit) for key, item in value.items()}
    if isinstance(value, list):
        return [_clip(item, text_limit) for item in value]
    if isinstance(value, str) and len(value) > text_limit:
        return value[:text_limit] + "..."
    return value


def _lists(value):
    for key, item in value.items():
        if isinstance(item, list) and item:
            yield value, key
        elif isinstance(item, dict):
            yield from _lists(item)
