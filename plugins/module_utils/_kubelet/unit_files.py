# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit files, read as systemd reads them. Pure."""

import re

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import WHITESPACE, Text, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, List, Optional, Tuple


class Entry:
    """One `Key=value` of a unit file. text[start:end] is all its lines, the last newline included."""

    __slots__ = ("section", "key", "value", "start", "end", "value_start")

    def __init__(self, section: str, key: str, value: Text, start: int, end: int, value_start: int) -> None:
        self.section, self.key, self.value = section, key, value
        self.start, self.end, self.value_start = start, end, value_start


class Unit:
    """A unit file or drop-in: `entries` in file order, `oddities` sentences about what is unusual."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.entries: "List[Entry]" = []
        self.oddities: "List[str]" = []

    def select(self, section: str, *keys: str) -> "List[Entry]":
        """The entries of a section that have one of the keys."""
        return [entry for entry in self.entries if entry.section == section and entry.key in keys]


def parse_unit(text: str, path: str = "") -> Unit:
    """Read a unit file: sections, comments, continuation lines (with comment lines between them)."""
    unit = Unit(path, text)
    section, position = "", 0
    while position < len(text):
        start = position
        line_end = _line_end(text, position)
        stripped = text[position:line_end].strip()
        if not stripped or stripped[0] in "#;":
            position = line_end
            continue
        logical, position = _logical_line(text, position, path)
        if stripped[0] == "[" and stripped[-1] == "]":
            section = stripped[1:-1]
            continue
        equals = logical.text.find("=")
        if equals < 0:
            unit.oddities.append("{0}: line without an assignment: {1!r}".format(path, stripped[:60]))
            continue
        raw = logical.text[equals + 1 :]
        left = len(raw) - len(raw.lstrip())
        value = logical.cut(equals + 1 + left, equals + 1 + len(raw.rstrip())) if raw.strip() else Text()
        value_start = value.at[0][1] if value.at else logical.at[equals][2]
        unit.entries.append(Entry(section, logical.text[:equals].strip(), value, start, position, value_start))
    return unit


def _logical_line(text: str, start: int, path: str) -> "Tuple[Text, int]":
    """(a line with those that continue it, the position behind them). Comment lines between them are left out."""
    logical, position, continued = Text(), start, False
    while True:
        line_end = _line_end(text, position)
        line = text[position:line_end].rstrip("\n\r")
        comment = position > start and line.lstrip()[:1] in ("#", ";") and line.strip() != ""
        if not comment:
            backslashes = len(line) - len(line.rstrip("\\"))
            continued = backslashes % 2 == 1
            body = line[:-1] if continued else line
            for offset, char in enumerate(body):
                logical.add(char, (path, position + offset, position + offset + 1))
            if continued:
                logical.add(" ", (path, position + len(body), line_end))
        position = line_end
        if position >= len(text) or not (comment or continued):
            return logical, position


def _line_end(text: str, position: int) -> int:
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " "}
_ESCAPES.update({char: char for char in "\\\"'"})


def split_words(value: Text, path: str) -> "List[Word]":
    """Split a unit file's value as ExecStart= and Environment= are split: quotes, C escapes; unknown escapes stay."""
    words: "List[Word]" = []
    word: "Optional[Word]" = None
    quote, index, size = "", 0, len(value.text)
    while index < size:
        char, at = value.text[index], value.at[index]
        if not quote and char in WHITESPACE:
            if word is not None:
                words.append(word)
                word = None
            index += 1
            continue
        if word is None:
            word = Word(path, at[1])
        word.end = at[2]
        if quote and char == quote:
            quote = ""
            word.insert_at, word.insert_quote = at[1], char
        elif not quote and char in "\"'":
            quote = char
            word.insert_at, word.insert_quote = at[2], quote
        elif char == "\\" and index + 1 < size:
            plain, length = _unescape(value.text, index)
            last = value.at[index + length - 1]
            for offset, one in enumerate(plain):
                span = (path, at[1], last[2]) if len(plain) == 1 else value.at[index + offset]
                word.add(one, span)
            word.end = word.insert_at = last[2]
            word.insert_quote = quote
            index += length - 1
        else:
            word.add(char, at)
            word.insert_at, word.insert_quote = at[2], quote
        index += 1
    if word is not None:
        words.append(word)
    return words


def _unescape(text: str, index: int) -> "Tuple[str, int]":
    """The character(s) meant by the escape at text[index] and how many characters it takes."""
    char = text[index + 1]
    if char in _ESCAPES:
        return _ESCAPES[char], 2
    for pattern, base in ((r"x([0-9a-fA-F]{2})", 16), (r"([0-3][0-7]{2})", 8)):
        found = re.match(pattern, text[index + 1 : index + 4])
        if found and int(found.group(1), base):
            return chr(int(found.group(1), base)), 1 + len(found.group(0))
    return text[index : index + 2], 2


def environment_files(unit_texts: "Iterable[Tuple[str, str]]") -> "List[Tuple[str, bool]]":
    """[(path, optional)] that EnvironmentFile= names, in the order in which systemd reads them (later wins)."""
    found: "List[Tuple[str, bool]]" = []
    for path, text in unit_texts:
        for entry in parse_unit(text, path).select("Service", "EnvironmentFile"):
            value = entry.value.text
            if not value:
                found = []
                continue
            for word in split_words(entry.value, path) if '"' in value or "'" in value else [entry.value]:
                name = word.text
                found.append((name[1:], True) if name.startswith("-") else (name, False))
    return found
