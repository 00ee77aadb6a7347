# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the YAML that kubelet configurations, kubeconfigs and pod manifests are written in, and JSON.

A node has only the standard library. Block mappings and sequences, flow collections, plain, quoted and block scalars
are read. Anchors, aliases, tags and complex keys are refused: a wrong guess would be worse than an error.
"""

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Match, Optional, Tuple

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$")
_KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#&*!|>%@`"'\[\]{},?-][^#]*?|-[^\s#][^#]*?)\s*:(?=\s|$)""")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\", "/": "/", " ": " ", "e": "\x1b"}


class YamlError(ValueError):
    """The text is not in the part of YAML that is understood here."""


def load_all(text: str) -> "List[Any]":
    """All documents of a text, in order; empty documents are left out. Raises YamlError."""
    if text.lstrip().startswith("{"):
        try:
            return [json.loads(text)]
        except ValueError:
            pass  # a flow mapping, or several documents
    documents: "List[Any]" = []
    lines: "List[str]" = []
    for line in text.splitlines() + ["---"]:
        if line.rstrip() in ("---", "...") or line.startswith("--- "):
            if any(part.strip() and not part.strip().startswith("#") for part in lines):
                documents.append(_Reader(lines).document())
            lines = [line[3:]] if line.startswith("--- ") else []
        else:
            lines.append(line)
    return documents


def load(text: str) -> "Any":
    """The first document, or None when there is none. Raises YamlError."""
    documents = load_all(text)
    return documents[0] if documents else None


class _Reader:
    """Reads one document from top to bottom; `at` is the line that comes next."""

    def __init__(self, lines: "List[str]") -> None:
        if any("\t" in line[: len(line) - len(line.lstrip())] for line in lines):
            raise YamlError("a tab in the indentation")
        self.lines = [line for line in lines if not line.startswith("%")]
        self.at = 0

    def document(self) -> "Any":
        value = self._block(0)
        if self._peek() is not None:
            raise YamlError("line %r does not fit the structure before it" % self.lines[self.at].strip()[:60])
        return value

    def _peek(self) -> "Optional[Tuple[int, str]]":
        """(indent, content) of the next line that holds anything."""
        while self.at < len(self.lines):
            content = self.lines[self.at].strip()
            if content and not content.startswith("#"):
                return len(self.lines[self.at]) - len(self.lines[self.at].lstrip()), content
            self.at += 1
        return None

    def _block(self, least: int) -> "Any":
        """The value that begins in the next line, if that is indented by at least so much."""
        line = self._peek()
        if line is None or line[0] < least:
            return None
        indent, content = line
        if content == "-" or content.startswith("- "):
            return self._sequence(indent)
        if _KEY.match(content):
            return self._mapping(indent)
        self.at += 1
        return self._value(content, indent - 1)

    def _sequence(self, indent: int) -> "List[Any]":
        items: "List[Any]" = []
        while True:
            line = self._peek()
            if line is None or line[0] != indent or not (line[1] == "-" or line[1].startswith("- ")):
                return items
            rest = line[1][1:].lstrip()
            if not rest or rest.startswith("#"):
                self.at += 1
                items.append(self._block(indent + 1))
            elif rest.startswith("- ") or _KEY.match(rest):
                # "- key: value" opens a mapping that is indented by the width of the dash
                self.lines[self.at] = " " * (indent + len(line[1]) - len(rest)) + rest
                items.append(self._block(indent + 1))
            else:
                self.at += 1
                items.append(self._value(rest, indent))

    def _mapping(self, indent: int) -> "Dict[Any, Any]":
        result: "Dict[Any, Any]" = {}
        while True:
            line = self._peek()
            if line is None or line[0] != indent:
                return result
            match = _KEY.match(line[1])
            if match is None:
                return result
            key = _scalar(match.group(1))
            rest = line[1][match.end() :].strip()
            self.at += 1
            if rest and not rest.startswith("#"):
                result[key] = self._value(rest, indent)
                continue
            below = self._peek()
            # a sequence may stand at the indentation of the key it belongs to
            same = below is not None and below[0] == indent and (below[1] == "-" or below[1].startswith("- "))
            result[key] = self._sequence(indent) if same else self._block(indent + 1)

    def _value(self, text: str, indent: int) -> "Any":
        """What stands behind a key or a dash, with the lines it goes on in."""
        if text[0] in "&*!@`%":
            raise YamlError("anchors, aliases and tags are not read here: %r" % text[:60])
        if text[0] in "|>":
            return self._block_scalar(text, indent)
        closed = _closed(text)
        while not closed:
            line = self._peek()
            if line is None:
                raise YamlError("%r is not closed" % text[:60])
            self.at += 1
            text += " " + line[1]
            closed = _closed(text)
        text = _strip_comment(text)
        if text[0] in "[{":
            value, end = _flow(text, 0)
            if text[end:].strip():
                raise YamlError("text after a flow collection: %r" % text[end:][:60])
            return value
        if text[0] not in "\"'":
            # a plain scalar goes on in lines that are indented deeper
            line = self._peek()
            while line is not None and line[0] > indent and not _KEY.match(line[1]):
                self.at += 1
                text += " " + _strip_comment(line[1])
                line = self._peek()
        return _scalar(text)

    def _block_scalar(self, header: str, indent: int) -> str:
        lines = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            lines.append(line)
            self.at += 1
        margin = min([len(line) - len(line.lstrip()) for line in lines if line.strip()] or [0])
        text = ("\n" if header[0] == "|" else " ").join(line[margin:] for line in lines).rstrip()
        return text if "-" in header else text + "\n"


def _strip_comment(text: str) -> str:
    quote = None
    for index, char in enumerate(text):
        if quote:
            if char == quote and not (quote == '"' and _escaped(text, index)):
                quote = None
        elif char in "\"'" and (index == 0 or text[index - 1] in " [{,:"):
            quote = char
        elif char == "#" and index and text[index - 1] in " \t":
            return text[:index].rstrip()
    return text.rstrip()


def _escaped(text: str, index: int) -> bool:
    before = text[:index]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _closed(text: str) -> bool:
    """Whether quotes and brackets that open a value are closed in it."""
    if text[0] not in "\"'[{":
        return True
    depth, index = 0, 0
    quote: "Optional[str]" = None
    while index < len(text):
        char = text[index]
        if quote:
            if char == quote and not (quote == '"' and _escaped(text, index)):
                if quote == "'" and text[index + 1 : index + 2] == "'":
                    index += 1
                else:
                    quote = None
        elif char in "\"'" and (index == 0 or text[index - 1] in " [{,:"):
            quote = char
        elif char == "#" and index and text[index - 1] == " ":
            break
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        index += 1
    return quote is None and depth <= 0


def _scalar(text: str) -> "Any":
    if text[:1] == '"':
        if len(text) < 2 or text[-1] != '"':
            raise YamlError("text after a quoted value: %r" % text[:60])
        return re.sub(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", _unescape, text[1:-1])
    if text[:1] == "'":
        if len(text) < 2 or text[-1] != "'":
            raise YamlError("text after a quoted value: %r" % text[:60])
        return text[1:-1].replace("''", "'")
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text


def _unescape(match: "Match[str]") -> str:
    if match.group(3) is None:
        return chr(int(match.group(1) or match.group(2), 16))
    if match.group(3) not in _ESCAPES:
        raise YamlError("unknown escape \\%s" % match.group(3))
    return _ESCAPES[match.group(3)]


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    if at >= len(text):
        raise YamlError("%r is not closed" % text[:60])
    return at


def _flow(text: str, at: int) -> "Tuple[Any, int]":
    """One flow value from position `at`: (value, position behind it)."""
    at = _skip(text, at)
    if text[at] == "[":
        items: "List[Any]" = []
        at = _skip(text, at + 1)
        while text[at] != "]":
            item, at = _flow(text, at)
            items.append(item)
            at = _separator(text, at, "]")
        return items, at + 1
    if text[at] == "{":
        result: "Dict[Any, Any]" = {}
        at = _skip(text, at + 1)
        while text[at] != "}":
            key, at = _flow_scalar(text, at, ",}:")
            at = _skip(text, at)
            result[key] = None
            if text[at] == ":":
                at = _skip(text, at + 1)
                if text[at] not in ",}":
                    result[key], at = _flow(text, at)
            at = _separator(text, at, "}")
        return result, at + 1
    return _flow_scalar(text, at, ",]}")


def _separator(text: str, at: int, closing: str) -> int:
    at = _skip(text, at)
    if text[at] == ",":
        return _skip(text, at + 1)
    if text[at] != closing:
        raise YamlError("a comma or %s is missing in %r" % (closing, text[:60]))
    return at


def _flow_scalar(text: str, at: int, stops: str) -> "Tuple[Any, int]":
    at = _skip(text, at)
    quoted = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'').match(text, at)
    if quoted:
        return _scalar(quoted.group(0)), quoted.end()
    end = at
    while end < len(text) and not (
        text[end] in stops and (text[end] != ":" or text[end + 1 : end + 2] in ("", " ", ","))
    ):
        end += 1
    if text[at] in "&*!":
        raise YamlError("anchors, aliases and tags are not read here: %r" % text[at : at + 60])
    return _scalar(text[at:end].strip()), end
