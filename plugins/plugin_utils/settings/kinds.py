# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the value of a setting is read, given as data or as text. Pure: no I/O.

Every kind of setting reads text by the same rules: lists are divided by commas or newlines, or are JSON or YAML; lists
of mappings are JSON or YAML. What reads as the same has one form, which is what settings are compared by. Private to
this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.text import without_urls
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.texts import WrongValue, as_text, items, structure

# Characters of a value in a message, and digits of a number.
SHOWN = 100
DIGITS = 9


class Kind:
    """A kind of settings. Text that is empty never comes here: it means that the setting is not set."""

    def read(self, value: Any) -> Any:
        """The value in its own type, the same for data and for the text of it. Raises WrongValue."""
        raise NotImplementedError

    def text(self, value: Any) -> str:
        """A value as an operator would type it: read() of it gives the value again."""
        return json.dumps(value) if isinstance(value, list) else str(value)

    def shown(self, value: Any) -> str:
        """A wrong value in a message, shortened and without URLs."""
        text = without_urls(repr(value))
        return text if len(text) <= SHOWN else text[:SHOWN] + "..."

    def argument(self) -> dict[str, Any]:
        """What the argument spec of a role says of it: type, elements, choices."""
        return {"type": "str"}

    def question(self) -> dict[str, Any]:
        """What a survey of AWX says of it: type, choices, min, max."""
        return {"type": "text"}

    def shaping(self, value: Any) -> Any:
        """What of a value shapes a node, without secrets."""
        return value


@dataclasses.dataclass(frozen=True)
class Text(Kind):
    """A string. ``fits``: whether one is right; ``form``: the one form of those that mean the same."""

    wanted: str = "a string"
    fits: Callable[[str], object] | None = None
    form: Callable[[str], str] = str

    def read(self, value: Any) -> str:
        """The text in its form, without space around it."""
        text = as_text(value, self.wanted)
        if self.fits and not self.fits(text):
            raise WrongValue(self.wanted)
        return self.form(text)


@dataclasses.dataclass(frozen=True)
class Choice(Kind):
    """One of a few words."""

    choices: tuple[str, ...]

    def read(self, value: Any) -> str:
        """The word."""
        if not isinstance(value, str) or value.strip() not in self.choices:
            raise WrongValue("one of %s" % ", ".join(self.choices))
        return value.strip()

    def argument(self) -> dict[str, Any]:
        """A string with choices."""
        return {"type": "str", "choices": list(self.choices)}

    def question(self) -> dict[str, Any]:
        """A choice."""
        return {"type": "multiplechoice", "choices": list(self.choices)}


class Flag(Kind):
    """True or false."""

    def read(self, value: Any) -> bool:
        """The boolean. Only these two words are one: in YAML, "yes" is a boolean already."""
        if isinstance(value, bool):
            return value
        word = value.strip().lower() if isinstance(value, str) else ""
        if word not in ("true", "false"):
            raise WrongValue("true or false")
        return word == "true"

    def text(self, value: Any) -> str:
        """As YAML and JSON have it."""
        return "true" if value else "false"

    def argument(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "bool"}

    def question(self) -> dict[str, Any]:
        """A choice: a survey has no booleans."""
        return {"type": "multiplechoice", "choices": ["true", "false"]}


@dataclasses.dataclass(frozen=True)
class Whole(Kind):
    """A whole number of ``unit`` within bounds. ``or_empty``: whether there may be none."""

    lowest: int
    highest: int
    unit: str
    or_empty: bool = False

    def read(self, value: Any) -> int:
        """The number."""
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        # Python refuses to read endless numbers.
        if isinstance(value, str) and re.match(r"^[0-9]{1,%d}$" % DIGITS, value.strip()):
            number = int(value)
        if number is None or not self.lowest <= number <= self.highest:
            empty = ", or empty" if self.or_empty else ""
            raise WrongValue("a whole number of %s, %d to %d%s" % (self.unit, self.lowest, self.highest, empty))
        return number

    def argument(self) -> dict[str, Any]:
        """A number, or a string where it may be empty."""
        return {"type": "str" if self.or_empty else "int"}

    def question(self) -> dict[str, Any]:
        """A number with its bounds."""
        return {"type": "integer", "min": self.lowest, "max": self.highest}


@dataclasses.dataclass(frozen=True)
class Words(Kind):
    """A list of strings without space in them.

    ``what`` they are; ``choices``: gives those that there are, where only these are right; ``fits``: whether one is
    right; ``form``: the one form of those that mean the same.
    """

    what: str
    choices: Callable[[], tuple[str, ...]] | None = None
    fits: Callable[[str], object] = re.compile(r"^\S+$").match
    form: Callable[[str], str] = str

    def read(self, value: Any) -> list[str]:
        """The list, each string in its form."""
        known = self.choices() if self.choices else ()
        wanted = "a list of %s%s" % (self.what, ": " + ", ".join(known) if known else "")
        words = [as_text(word, wanted) for word in items(value, wanted)]
        wrong = [word for word in words if (word not in known if known else not self.fits(word))]
        if wrong:
            raise WrongValue("%s (not so: %s)" % (wanted, without_urls(", ".join(wrong))))
        return [self.form(word) for word in words]

    def text(self, value: Any) -> str:
        """With commas."""
        return ",".join(value)

    def argument(self) -> dict[str, Any]:
        """A list of strings."""
        return {"type": "list", "elements": "str"}


class Batches(Kind):
    """Sizes of batches: numbers above 0, or percentages up to 100."""

    def read(self, value: Any) -> list[int | str]:
        """Numbers as numbers, percentages as text."""
        wanted = 'a list of numbers or percentages, such as [1, "25%"]'
        sizes = [str(item).strip() for item in items(value, wanted)]
        number = r"[1-9][0-9]{0,%d}" % (DIGITS - 1)
        if not sizes or not all(re.match(r"^(%s|([1-9][0-9]?|100)%%)$" % number, size) for size in sizes):
            raise WrongValue(wanted)
        return [size if size.endswith("%") else int(size) for size in sizes]

    def text(self, value: Any) -> str:
        """With commas."""
        return ",".join(map(str, value))

    def argument(self) -> dict[str, Any]:
        """A list of both."""
        return {"type": "list", "elements": "raw"}


@dataclasses.dataclass(frozen=True)
class Mappings(Kind):
    """A list of mappings.

    ``what`` they are; ``problem``: what is wrong with a list, or None; ``shape``: see shaping().
    """

    what: str
    problem: Callable[[list[Any]], str | None]
    shape: Callable[[list[Any]], list[Any]] = list

    def read(self, value: Any) -> list[dict[str, Any]]:
        """The list."""
        wanted = "a list of %s" % self.what
        found = structure(value, wanted) if isinstance(value, str) else value
        if not isinstance(found, list):
            raise WrongValue(wanted)
        wrong = self.problem(found) if found else None
        if wrong:
            raise WrongValue("%s that can be used (%s)" % (self.what, wrong))
        return found

    def shown(self, value: Any) -> str:
        """Only what it is: there may be credentials in it, and what is wanted says what is wrong with it."""
        return "a list" if isinstance(value, list) else "text" if isinstance(value, str) else "no list"

    def argument(self) -> dict[str, Any]:
        """A list of dictionaries."""
        return {"type": "list", "elements": "dict"}

    def question(self) -> dict[str, Any]:
        """Text of several lines."""
        return {"type": "textarea"}

    def shaping(self, value: Any) -> Any:
        """As ``shape`` says."""
        return self.shape(value)
