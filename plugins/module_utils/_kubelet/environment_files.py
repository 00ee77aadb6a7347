# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment files, read as systemd reads them, which is not as a shell would. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import (
    ENV_NAME,
    NEWLINE,
    WHITESPACE,
    Place,
    Text,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional


class EnvFile:
    """An environment file: `assignments` are Places in file order, `oddities` sentences about what is unusual."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.assignments: "List[Place]" = []
        self.oddities: "List[str]" = []


def parse_environment_file(text: str, path: str = "") -> EnvFile:
    """Read an EnvironmentFile= as systemd does (not as a shell would)."""
    result = EnvFile(path)
    position, size = 0, len(text)
    while position < size:
        char = text[position]
        if char in WHITESPACE:
            position += 1
        elif char in "#;":
            position = _skip_comment(text, position, result)
        else:
            position = _read_assignment(text, position, result)
    return result


def _skip_comment(text: str, position: int, result: EnvFile) -> int:
    while position < len(text) and text[position] not in NEWLINE:
        if text[position] == "\\" and text[position + 1 : position + 2] in ("\n", "\r"):
            line = text.count("\n", 0, position) + 1
            result.oddities.append(
                "{0}: the comment on line {1} ends with a backslash: systemd before 254 takes the next line "
                "for a part of it".format(result.path, line)
            )
        position += 1
    return position


def _read_assignment(text: str, position: int, result: EnvFile) -> int:
    """Read NAME=value from a position on; the position behind it."""
    size, begin = len(text), position
    while position < size and text[position] not in NEWLINE and text[position] != "=":
        position += 1
    name = text[begin:position].strip()
    if position >= size or text[position] != "=":
        result.oddities.append("{0}: line without an assignment: {1!r}".format(result.path, name[:60]))
        return position
    value = _Value(text, position + 1, result.path)
    value.read()
    if value.quote:
        result.oddities.append("{0}: the quote of {1} is never closed".format(result.path, name))
    if not ENV_NAME.match(name):
        result.oddities.append(
            "{0}: systemd ignores the assignment to {1!r}: not a variable's name".format(result.path, name[:60])
        )
    else:
        result.assignments.append(value.place(name))
    return value.position


class _Value:
    """The value of an assignment, read character by character.

    value[:kept] counts: blanks at the end do not. insert_at and insert_quote are as in Place.
    """

    def __init__(self, text: str, position: int, path: str) -> None:
        self.text, self.path, self.value = text, path, Text()
        self.start = position
        # Blanks before the value are not part of it; those after it are removed at the end.
        while position < len(text) and text[position] in " \t":
            position += 1
        if position < len(text) and text[position] not in NEWLINE:
            self.start = position
        self.position = position
        self.insert_at, self.insert_quote, self.kept = self.start, "", 0
        self.quote = ""  # the one that is open
        self.plain = False  # what follows stands outside of quotes, and does not begin the value

    def read(self) -> None:
        """To the end of the line, or beyond it where a quote or a backslash says so."""
        while self.position < len(self.text):
            char = self.text[self.position]
            if self.quote:
                self._quoted(char)
            elif char in NEWLINE:
                break
            elif char == "\\":
                self._escape()
            elif char in "\"'" and not self.plain:
                self.quote = char
                self.position += 1
            else:
                self._plain(char)
        if self.quote:
            self._keep(min(self.position, len(self.text)), self.quote)

    def place(self, name: str) -> Place:
        """Where the arguments of this variable stand."""
        end = max(self.insert_at + (1 if self.insert_quote and not self.quote else 0), self.start)
        place = Place(
            "envfile",
            self.path,
            name,
            self.value.cut(0, self.kept),
            self.start,
            end,
            self.insert_at,
            self.insert_quote,
        )
        place.words = split_value(place)
        return place

    def _add(self, char: str, length: int = 1) -> None:
        self.value.add(char, (self.path, self.position, self.position + length))

    def _keep(self, insert_at: int, quote: str = "") -> None:
        """All so far counts."""
        self.kept, self.insert_at, self.insert_quote = len(self.value.text), insert_at, quote

    def _quoted(self, char: str) -> None:
        if char == self.quote:
            self._keep(self.position, self.quote)
            self.quote, self.plain = "", False
        elif char == "\\" and self.quote == '"' and self.position + 1 < len(self.text):
            following = self.text[self.position + 1]
            if following in '"\\`$':
                self._add(following, 2)
            elif following != "\n":
                self._add("\\")
                self.value.add(following, (self.path, self.position + 1, self.position + 2))
            self.position += 1
        else:
            self._add(char)
        self.position += 1

    def _escape(self) -> None:
        following = self.text[self.position + 1 : self.position + 2]
        if following and following not in NEWLINE:
            self._add(following, 2)
            self._keep(self.position + 2)
        self.plain = True
        self.position += 2

    def _plain(self, char: str) -> None:
        is_blank = char in " \t"
        if self.plain or not is_blank:
            self._add(char)
        self.position += 1
        if not is_blank:
            self.plain = True
            self._keep(self.position)


def split_value(place: Place) -> "List[Word]":
    """Split a variable's value as systemd does for an unquoted $VARIABLE: at blanks, quotes taken off."""
    words: "List[Word]" = []
    word: "Optional[Word]" = None
    quote = ""
    value, index, size = place.value, 0, len(place.value.text)
    while index < size:
        char, at = value.text[index], value.at[index]
        if not quote and char in WHITESPACE:
            if word is not None:
                words.append(word)
                word = None
            index += 1
            continue
        if word is None:
            word = Word(place.path, at[1])
            word.place = place
        word.end = at[2]
        if quote and char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        elif char == "\\" and index + 1 < size:
            index += 1
            last = value.at[index]
            word.add(value.text[index], (place.path, at[1], last[2]))
            word.end = last[2]
        elif char != "\\":
            word.add(char, at)
        index += 1
    if word is not None:
        words.append(word)
    return words
