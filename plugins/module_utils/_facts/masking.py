# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves a node: without secrets, and no larger than a bound.

A secret is known by where it stands: under the name of a key, a flag or a variable, in a header, in a URL before the
host. A word in a name is no sign of one: images, pods, units and paths stay as they are.
"""

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, Match, Tuple

MASK = "********"

_WORDS = r"(?:token|passw(?:or)?d|passphrase|secret|credential|api[-_]?key|access[-_]?key|private[-_]?key)"
_HEADER = r"(?:proxy-)?authorization|auths?"
_SECRET_NAME = re.compile(r"(?i)%s|^(?:%s)$" % (_WORDS, _HEADER))
_PROXY_NAME = re.compile(r"(?i)(^|[-_.])(https?|ftp|all|socks)?[-_]?prox(y|ies)$")

# Up to the last @ before the host, as Go's net/url and curl read it. The @ of an image's digest is none.
_USERINFO = re.compile(r"(://)[^/\s\"<>]*@(?!sha\d+:)")
# A proxy may be written without a scheme, and with anything in its password.
_PROXY_USERINFO = re.compile(r"^([a-z][a-z0-9+.-]*://)?\S*@(?=[^@\s]*$)")
_PROXY_IN_TEXT = re.compile(
    r"(?i)((?<![\w-])[\w-]{0,64}prox(?:y|ies)(?:[\"']?\s*=\s*|[\"']\s*:\s*|:\s+)[\"']?)"
    r"(?![a-z][a-z0-9+.-]*://)[^\s\"'/@][^\s\"']{0,512}@"
)

# kubeadm's; a name of a host in this form has hardly a digit.
_TOKEN = r"(?=[a-z.]{0,22}[0-9])[a-z0-9]{6}\.[a-z0-9]{16}"
_BOOTSTRAP_TOKEN = re.compile(_TOKEN + r"\Z")
_BOOTSTRAP_TOKEN_IN_TEXT = re.compile(r"(?<![\w./:@-])%s(?![\w/:@-]|\.\w)" % _TOKEN)

# What is assigned: in quotes, a list of such, or one word. A path is no secret.
_VALUE = (
    r"(?:(?P<quote>[\"'])(?!/)(?:(?!(?P=quote))[^\n])+(?P=quote)"
    r"|(?P<list>\[\s*[\"'](?!/)[^\]\n]*\])"
    r"|(?![\"'\[/])[^\s,;&\"']+)"
)
# What more a name may have; without a bound, a long text would take long.
_PART = r"[\w.-]{0,64}"
# A name behind a slash is part of a path.
_BEGIN = r"(?i)(?P<name>(?<![\w./:@-])"
# NAME=value, as variables, flags and TOML have it.
_ASSIGNMENT = re.compile(_BEGIN + r"(?:%s%s%s|%s)[\"']?\s*=\s*)%s" % (_PART, _WORDS, _PART, _HEADER, _VALUE))
# `name: value`, "name":"value", headers, and `--name value`. A colon without space is that of an image's tag, or of a
# port.
_FIELD = re.compile(
    _BEGIN
    + r"(?:(?:%s%s|%s)(?:[\"']\s*:\s*|:\s+)(?:[\"']?(?:basic|bearer)\s+)?|--%s%s\s+(?!-)))%s"
    % (_PART, _WORDS, _HEADER, _PART, _WORDS, _VALUE)
)

# Under these keys stand sentences, and what programs said.
_TEXTS = ("error", "oddities", "why")
# Under these keys stand tables by names of things, such as packages and registries. Such a name says nothing of what
# stands under it.
_OF_THINGS = ("installed", "candidates", "programs", "runtimes", "certs.d")


def mask(value: "Any", name: str = "") -> "Any":
    """A copy of a JSON value without secrets. name: the key, flag or variable that the value stands under."""
    if isinstance(value, dict):
        return {key: mask(item, _name_of(str(key), name)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask(item, name) for item in value]
    if not isinstance(value, str) or not value:
        return value
    if name in _TEXTS:
        return mask_text(value)
    # a path names a secret, it is none
    if _SECRET_NAME.search(name) and not value.startswith("/") and value not in ("true", "false"):
        return MASK
    if _PROXY_NAME.search(name):
        value = _PROXY_USERINFO.sub(_before_host, value)
    value = _ASSIGNMENT.sub(_assigned, _USERINFO.sub(_before_host, value))
    return MASK if _BOOTSTRAP_TOKEN.match(value) else value


def _name_of(key: str, table: str) -> str:
    """What a value is called that stands in a table under a key; facts have the value of a setting under `value`."""
    if key == "value":
        return table
    return "" if table in _OF_THINGS else key


def mask_text(text: str) -> str:
    """A text of which no more is known, such as a message, a file, or what a program printed, without secrets."""
    text = _PROXY_IN_TEXT.sub(_before_host, _USERINFO.sub(_before_host, text))
    return _BOOTSTRAP_TOKEN_IN_TEXT.sub(MASK, _FIELD.sub(_assigned, _ASSIGNMENT.sub(_assigned, text)))


def _before_host(match: "Match[str]") -> str:
    return (match.group(1) or "") + MASK + "@"


def _assigned(match: "Match[str]") -> str:
    quote = match.group("quote") or ""
    return match.group("name") + ('["%s"]' % MASK if match.group("list") else quote + MASK + quote)


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
