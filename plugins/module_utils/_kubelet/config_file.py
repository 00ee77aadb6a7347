# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One scalar at the top of a KubeletConfiguration file (YAML or JSON), read and changed in place. Pure.

A node has no YAML library, and writing the whole file anew would lose comments and order. So this reads just enough to
be sure what it touches, and says ConfigError where it is not.
"""

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

_KEY = re.compile(r"""^(?P<quote>["']?)(?P<key>[A-Za-z_][\w.-]*)(?P=quote)[ \t]*:(?=[ \t\r\n]|$)""")


class ConfigError(Exception):
    """The file is valid perhaps, but not of a shape that can be changed safely."""


class Field:
    """A scalar of the file: text[start:end] is its value as written. value is None where the key is missing."""

    def __init__(self, value: "Optional[str]" = None, start: int = 0, end: int = 0) -> None:
        self.value, self.start, self.end = value, start, end


def read_field(text: str, key: str) -> "Optional[str]":
    """The value of a key; "" where it has none, None where it is missing. Raises ConfigError."""
    return _find(text, key).value


def set_field(text: str, key: str, value: str) -> str:
    """The text with the key set to the string. Raises ConfigError. `value` must be free of quotes, blanks and '#'."""
    field = _find(text, key)
    if field.value == value:
        return text
    if _is_json(text):
        return _set_json(text, key, value, field)
    if field.value is None:
        return _append(text, key, value)
    old = text[field.start : field.end]
    quote = old[0] if old[:1] in ('"', "'") and len(old) > 2 else ""
    space = "" if text[field.start - 1 : field.start] in (" ", "\t") else " "
    return text[: field.start] + space + quote + value + quote + text[field.end :]


def _is_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] == "{"


def _find(text: str, key: str) -> Field:
    return _find_json(text, key) if _is_json(text) else _find_yaml(text, key)


def _find_json(text: str, key: str) -> Field:
    try:
        json.loads(text.lstrip("\ufeff"))
    except ValueError:
        raise ConfigError("neither block YAML nor JSON (a flow mapping?)") from None
    decoder = json.JSONDecoder()
    found: "Optional[Field]" = None
    position = _skip(text, text.index("{") + 1)
    while text[position] != "}":
        name, position = decoder.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)
        start = position
        value, position = decoder.raw_decode(text, position)
        if name == key:
            if found:
                raise ConfigError("{0} stands twice".format(key))
            if not (value is None or isinstance(value, str)):
                raise ConfigError("{0} is no string".format(key))
            found = Field(value or "", start, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return found or Field()


def _skip(text: str, position: int) -> int:
    while text[position] in " \t\r\n":
        position += 1
    return position


def _set_json(text: str, key: str, value: str, field: Field) -> str:
    if field.value is not None:
        return text[: field.start] + json.dumps(value) + text[field.end :]
    brace = text.index("{") + 1
    gap = text[brace : _skip(text, brace)]
    comma = "" if text[_skip(text, brace)] == "}" else ","
    return (
        text[:brace]
        + gap
        + json.dumps(key)
        + ": "
        + json.dumps(value)
        + comma
        + (gap or " ")
        + text[brace + len(gap) :]
    )


def _find_yaml(text: str, key: str) -> Field:
    found: "Optional[Field]" = None
    seen_content, position, after = False, 0, False  # after: the line before held the key
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        start, position = position, position + len(line)
        stripped = line.strip("\ufeff \t\r\n")
        if not stripped or stripped[0] == "#":
            continue
        indented = line[0] in " \t"
        if after and indented:
            raise ConfigError("{0} has a value over several lines".format(key))
        after = False
        if re.match(r"^---(\s|$)", line):
            if seen_content:
                raise ConfigError("more than one document")
            if stripped not in ("---",) and not stripped[3:].strip().startswith("#"):
                raise ConfigError("content on the line of the document start")
            continue
        if re.match(r"^\.\.\.(\s|$)", line) or (line[0] == "%" and not seen_content):
            continue
        if not seen_content and indented:
            raise ConfigError("the top of the document is indented")
        seen_content = True
        if indented or line[0] in "-]}":
            continue
        match = _KEY.match(line)
        if not match:
            if key in line:
                raise ConfigError("{0} stands in a line of unknown form: {1!r}".format(key, stripped[:60]))
            continue
        if match.group("key") != key:
            continue
        if found:
            raise ConfigError("{0} stands twice".format(key))
        found = _scalar(line, match.end(), start, key)
        after = True
    return found or Field()


def _scalar(line: str, offset: int, start: int, key: str) -> Field:
    """The value in a line that begins at `start` of the text; it stands behind `offset` characters of the line."""
    rest = line[offset:].rstrip("\r\n")
    lead = len(rest) - len(rest.lstrip(" \t"))
    body = rest[lead:]
    begin = start + offset + lead
    if not body or body[0] == "#":
        return Field("", start + offset, start + offset)
    for pattern, quoted in (
        (r'"([^"\\]*)"', True),
        (r"'([^']*)'", True),
        (r"([^\s\"'|>&*!{\[%@`#].*?)(?=\s+#|\s*$)", False),
    ):
        match = re.match(pattern, body)
        if match:
            tail = body[match.end() :].strip()
            if tail and not (tail[0] == "#" and body[match.end()] in " \t"):
                break
            value = match.group(1)
            if not quoted and value in ("~", "null", "Null", "NULL"):
                value = ""
            if not quoted and re.search(r":(\s|$)", value):
                break
            return Field(value, begin, begin + match.end())
    raise ConfigError("{0} is not a plain string: {1!r}".format(key, body[:60]))


def _append(text: str, key: str, value: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    end = re.search(r"^\.\.\.(\s|$)", text, re.M)
    head, tail = (text[: end.start()], text[end.start() :]) if end else (text, "")
    if head and not head.endswith("\n"):
        head += newline
    return head + key + ": " + value + newline + tail
