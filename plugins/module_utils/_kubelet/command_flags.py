# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of a command line grouped into flags, as the kubelet's own parser does. Pure."""

import re

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import Text, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Sequence, Union

    # of a running process, or of a file
    AnyWord = Union[str, Word]

_FLAG = re.compile(r"^--([A-Za-z0-9][A-Za-z0-9_-]*)(=(.*))?$", re.S)
_SHORT_FLAG = re.compile(r"^-([vh])=?(.*)$", re.S)
_LONG_NAMES = {"v": "v", "h": "help"}


class Flag:
    """One flag of a command line.

    name: without dashes in front, and with "-" for "_". value: None where it has none.
    words: the one ("--a=b", "--a") or two ("--a", "b") of a file it consists of; none of a running process.
    value_text: the value with its place in a file; None of a running process, or where there is no value.
    """

    __slots__ = ("name", "value", "words", "value_text")

    def __init__(
        self, name: str, value: "Optional[str]", words: "Sequence[AnyWord]", value_text: "Optional[Text]" = None
    ) -> None:
        self.name, self.value, self.value_text = name, value, value_text
        self.words: "List[Word]" = [word for word in words if isinstance(word, Word)]


def parse_flags(words: "Sequence[AnyWord]", oddities: "Optional[List[str]]" = None) -> "List[Flag]":
    """Group words into flags. A word that is no flag and no flag's value is noted in `oddities`."""
    flags: "List[Flag]" = []
    index = 0
    while index < len(words):
        word = words[index]
        text = _text_of(word)
        index += 1
        match, short = _FLAG.match(text), _SHORT_FLAG.match(text)
        if match:
            name = match.group(1).replace("_", "-")
            if match.group(2) is not None:
                flags.append(Flag(name, match.group(3), [word], _part(word, match.start(3))))
                continue
        elif short:
            name = _LONG_NAMES[short.group(1)]
            if short.group(2):
                flags.append(Flag(name, short.group(2), [word], _part(word, short.start(2))))
                continue
        else:
            if oddities is not None:
                oddities.append("stray word on the kubelet's command line: {0!r}".format(text[:80]))
            continue
        following = words[index] if index < len(words) else None
        if following is not None and not _text_of(following).startswith("-"):
            value_text = following if isinstance(following, Text) else None
            flags.append(Flag(name, _text_of(following), [word, following], value_text))
            index += 1
        else:
            flags.append(Flag(name, None, [word]))
    return flags


def _text_of(word: "AnyWord") -> str:
    return word.text if isinstance(word, Text) else word


def _part(word: "AnyWord", start: int) -> "Optional[Text]":
    return word.cut(start) if isinstance(word, Text) else None
