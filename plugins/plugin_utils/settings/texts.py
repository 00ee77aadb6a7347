# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that stands for data, and data that was meant as text. Pure: no I/O.

Surveys, ``-e name=value`` and INI inventories deliver text, but INI inventories make a number of ``1``. Private to this
collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

# What PyYAML raises for text that is no YAML, or has tags of values that are none: not only its own errors.
NOT_YAML = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError)


class WrongValue(ValueError):
    """The value is none of this kind. The message says what it must be, as in "wanted: true or false"."""


def as_text(value: Any, wanted: str) -> str:
    """The text without space around it; a whole number is text, too. Raises WrongValue, with ``wanted``."""
    if isinstance(value, float):
        raise WrongValue("%s, in quotes: without them it is a number, whose last zeros are lost" % wanted)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise WrongValue(wanted)
    return value.strip()


def plain_path(path: str) -> str:
    """An absolute path without what means nothing in it, such as a slash at its end."""
    return "/" + "/".join(name for name in path.split("/") if name not in ("", "."))


def items(value: Any, wanted: str) -> list[Any]:
    """The items of a list, which may be given as text, or be a single number. Raises WrongValue, with ``wanted``."""
    if not isinstance(value, list):
        text = as_text(value, wanted)
        if not text.startswith(("[", "- ")):
            return [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
        value = structure(text, wanted)
    if not isinstance(value, list):
        raise WrongValue(wanted)
    return value


def structure(text: str, wanted: str) -> Any:
    """What JSON or YAML says. Raises WrongValue, with ``wanted``, for text that is neither.

    The message has the place that is wrong, and nothing of the text: there may be credentials in it.
    """
    try:
        # YAML refuses the tabs between the tokens of JSON.
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return yaml.safe_load(text)
    except NOT_YAML as exc:
        mark = getattr(exc, "problem_mark", None)
        place = " (wrong at line %d, column %d)" % (mark.line + 1, mark.column + 1) if mark else ""
        raise WrongValue("%s, as JSON or YAML%s" % (wanted, place)) from None
