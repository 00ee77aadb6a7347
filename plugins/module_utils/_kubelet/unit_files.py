# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit files and environment files, read as systemd reads them. Pure.

Every parsed string remembers, character by character, where in which file it stands, so that a planner can change one
argument in place and leave every other byte alone.
"""

import re

NEWLINE = "\n\r"
WHITESPACE = " \t\n\r"
ENV_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


class Text:
    """A string with the place of each character: at[i] = (path, start, end); home[i] likewise, but in the file that
    holds the word itself, which differs from at[i] where ${VARIABLE} was replaced."""

    __slots__ = ("text", "at", "home")

    def __init__(self):
        self.text = ""
        self.at = []
        self.home = []

    def add(self, char, at, home=None):
        self.text += char
        self.at.append(at)
        self.home.append(home or at)

    def cut(self, start, end=None):
        part = Text()
        part.text, part.at, part.home = self.text[start:end], self.at[start:end], self.home[start:end]
        return part


class Word(Text):
    """One argument. path[start:end] is all of it as written, quotes included."""

    __slots__ = ("path", "start", "end", "insert_at", "insert_quote", "container")

    def __init__(self, path, start):
        Text.__init__(self)
        self.path = path
        self.start = self.end = self.insert_at = start
        self.insert_quote = ""
        self.container = None


class Container:
    """A place that holds arguments: an ExecStart= line, or a variable of an environment file or of Environment=."""

    __slots__ = (
        "kind",
        "path",
        "variable",
        "value",
        "words",
        "start",
        "end",
        "insert_at",
        "insert_quote",
        "lead",
        "active",
        "used",
    )

    def __init__(self, kind, path, variable, value, start, end, insert_at, insert_quote):
        self.kind, self.path, self.variable, self.value = kind, path, variable, value
        self.start, self.end = start, end
        self.insert_at, self.insert_quote = insert_at, insert_quote
        self.words = []
        self.lead = None  # where what precedes the first argument on the line ends (ExecStart='s program)
        self.active = False  # its arguments reach the kubelet
        self.used = False  # the unit names the variable, another assignment may win

    @property
    def plain(self):
        """Written without quotes, escapes or continuation: what stands in the file is the value."""
        return self.value.at == [(self.path, self.start + i, self.start + i + 1) for i in range(len(self.value.text))]


class EnvFile:
    """An environment file: `assignments` are Containers in file order."""

    def __init__(self, path):
        self.path = path
        self.assignments = []
        self.oddities = []


def parse_environment_file(text, path=""):
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
            position = _read_assignment(text, position, path, result)
    return result


def _skip_comment(text, position, result):
    while position < len(text) and text[position] not in NEWLINE:
        if text[position] == "\\" and text[position + 1 : position + 2] in ("\n", "\r"):
            line = text.count("\n", 0, position) + 1
            result.oddities.append(
                "{0}: the comment on line {1} ends with a backslash: systemd before 254 takes the next line "
                "for a part of it".format(result.path, line)
            )
        position += 1
    return position


def _read_assignment(text, position, path, result):
    size, begin = len(text), position
    while position < size and text[position] not in NEWLINE and text[position] != "=":
        position += 1
    name = text[begin:position].strip()
    if position >= size or text[position] != "=":
        result.oddities.append("{0}: line without an assignment: {1!r}".format(path, name[:60]))
        return position
    position += 1
    value, start, insert_at, insert_quote = Text(), position, position, ""
    # Blanks before the value are not part of it; those after it are cut off at the end.
    while position < size and text[position] in " \t":
        position += 1
    start = position if position < size and text[position] not in NEWLINE else start
    insert_at, kept, quote, plain = start, 0, "", False
    while position < size:
        char = text[position]
        if quote:
            if char == quote:
                insert_at, insert_quote, kept, quote, plain = position, quote, len(value.text), "", False
            elif char == "\\" and quote == '"' and position + 1 < size:
                following = text[position + 1]
                if following in '"\\`$':
                    value.add(following, (path, position, position + 2))
                elif following != "\n":
                    value.add("\\", (path, position, position + 1))
                    value.add(following, (path, position + 1, position + 2))
                position += 1
            else:
                value.add(char, (path, position, position + 1))
            position += 1
            continue
        if char in NEWLINE:
            break
        if char == "\\":
            following = text[position + 1 : position + 2]
            if following and following not in NEWLINE:
                value.add(following, (path, position, position + 2))
                kept, insert_at, insert_quote = len(value.text), position + 2, ""
            plain = True
            position += 2
        elif char in "\"'" and not plain:
            quote = char
            position += 1
        elif char in " \t":
            if plain:
                value.add(char, (path, position, position + 1))
            position += 1
        else:
            plain = True
            value.add(char, (path, position, position + 1))
            position += 1
            kept, insert_at, insert_quote = len(value.text), position, ""
    if quote:
        result.oddities.append("{0}: the quote of {1} is never closed".format(path, name))
        kept, insert_at, insert_quote = len(value.text), min(position, size), quote
    if not ENV_NAME.match(name):
        result.oddities.append(
            "{0}: systemd ignores the assignment to {1!r}: not a variable's name".format(path, name[:60])
        )
        return position
    end = max(insert_at + (1 if insert_quote and not quote else 0), start)
    container = Container("envfile", path, name, value.cut(0, kept), start, end, insert_at, insert_quote)
    container.words = split_value(container)
    result.assignments.append(container)
    return position


def split_value(container):
    """Split a variable's value as systemd does for an unquoted $VARIABLE: at blanks, quotes taken off."""
    words, word, quote = [], None, ""
    value, index, size = container.value, 0, len(container.value.text)
    while index < size:
        char, at = value.text[index], value.at[index]
        if not quote and char in WHITESPACE:
            if word is not None:
                words.append(word)
                word = None
            index += 1
            continue
        if word is None:
            word = Word(container.path, at[1])
            word.container = container
        word.end = at[2]
        if quote and char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        elif char == "\\" and index + 1 < size:
            index += 1
            last = value.at[index]
            word.add(value.text[index], (container.path, at[1], last[2]))
            word.end = last[2]
        elif char != "\\":
            word.add(char, at)
        index += 1
    if word is not None:
        words.append(word)
    return words


class Entry:
    """One `Key=value` of a unit file. text[start:end] is all its lines, the last newline included."""

    __slots__ = ("section", "key", "value", "start", "end", "value_start")

    def __init__(self, section, key, value, start, end, value_start):
        self.section, self.key, self.value = section, key, value
        self.start, self.end, self.value_start = start, end, value_start


class Unit:
    """A unit file or drop-in: entries in file order."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.entries = []
        self.oddities = []

    def select(self, section, *keys):
        return [entry for entry in self.entries if entry.section == section and entry.key in keys]


def parse_unit(text, path=""):
    """Read a unit file: sections, comments, continuation lines (with comment lines between them)."""
    unit = Unit(path, text)
    section, position, size = "", 0, len(text)
    while position < size:
        start = position
        line_end = _line_end(text, position)
        stripped = text[position:line_end].strip()
        if not stripped or stripped[0] in "#;":
            position = line_end
            continue
        logical = Text()
        while True:
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
            if position >= size or not (comment or continued):
                break
            line_end = _line_end(text, position)
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


def _line_end(text, position):
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " "}
_ESCAPES.update({char: char for char in "\\\"'"})


def split_words(value, path):
    """Split a unit file's value as ExecStart= and Environment= are split: quotes, C escapes; unknown escapes stay."""
    words, word, quote, index, size = [], None, "", 0, len(value.text)
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


def _unescape(text, index):
    """The character(s) meant by the escape at text[index] and how many characters it takes."""
    char = text[index + 1]
    if char in _ESCAPES:
        return _ESCAPES[char], 2
    for pattern, base in ((r"x([0-9a-fA-F]{2})", 16), (r"([0-3][0-7]{2})", 8)):
        found = re.match(pattern, text[index + 1 : index + 4])
        if found and int(found.group(1), base):
            return chr(int(found.group(1), base)), 1 + len(found.group(0))
    return text[index : index + 2], 2


def environment_files(unit_texts):
    """[(path, optional)] that EnvironmentFile= names, in the order in which systemd reads them (later wins)."""
    found: list = []
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
