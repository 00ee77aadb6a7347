# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that remember, character by character, where in which file they stand. Pure.

So a planner can change one argument in place and leave every other byte alone.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Tuple

    # (path, start, end): a piece of a file
    Span = Tuple[str, int, int]

NEWLINE = "\n\r"
WHITESPACE = " \t\n\r"
ENV_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


class Text:
    """A string with the span of each character: at[i].

    home[i] is the same, but in the file that holds the word itself. It differs from at[i] where ${VARIABLE} was
    replaced.
    """

    __slots__ = ("text", "at", "home")

    def __init__(self) -> None:
        self.text = ""
        self.at: "List[Span]" = []
        self.home: "List[Span]" = []

    def add(self, char: str, at: "Span", home: "Optional[Span]" = None) -> None:
        """Append one character."""
        self.text += char
        self.at.append(at)
        self.home.append(home or at)

    def cut(self, start: int, end: "Optional[int]" = None) -> "Text":
        """The slice [start:end], with its spans."""
        part = Text()
        part.text, part.at, part.home = self.text[start:end], self.at[start:end], self.home[start:end]
        return part


class Word(Text):
    """One argument. path[start:end] is all of it as written, quotes included.

    insert_at is where text could be added to it, and insert_quote the quote it would then stand in.
    """

    __slots__ = ("path", "start", "end", "insert_at", "insert_quote", "place")

    def __init__(self, path: str, start: int) -> None:
        Text.__init__(self)
        self.path = path
        self.start = self.end = self.insert_at = start
        self.insert_quote = ""
        self.place: "Optional[Place]" = None


class Place:
    """A place that holds arguments: an ExecStart= line, or a variable of an environment file or of Environment=.

    kind: "exec", "envfile" or "environment". variable: None for "exec". value: what is written, without its quotes.
    path[start:end] is the value as written, insert_at where text could be added, insert_quote the quote it is in.
    """

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

    def __init__(
        self,
        kind: str,
        path: str,
        variable: "Optional[str]",
        value: Text,
        start: int,
        end: int,
        insert_at: int,
        insert_quote: str,
    ) -> None:
        self.kind, self.path, self.variable, self.value = kind, path, variable, value
        self.start, self.end = start, end
        self.insert_at, self.insert_quote = insert_at, insert_quote
        self.words: "List[Word]" = []
        # where what precedes the first argument on the line ends (ExecStart='s program)
        self.lead: "Optional[int]" = None
        self.active = False  # its arguments reach the kubelet
        self.used = False  # the unit names the variable, another assignment may win

    @property
    def plain(self) -> bool:
        """Written without quotes, escapes or continuation: what stands in the file is the value."""
        return self.value.at == [(self.path, self.start + i, self.start + i + 1) for i in range(len(self.value.text))]


def is_word_of(word: "Word", words: "List[Word]") -> bool:
    """Whether the list holds this very word, not one that reads the same."""
    return any(word is other for other in words)
