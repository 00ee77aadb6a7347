# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values of daemon.json dockerd refuses for their type. Pure: no I/O.

moby 20.10 to 29, daemon/config/config.go, as Go's encoding/json reads it: null is taken for almost everything, names
of fields may be of any case, unknown fields are skipped. Private to this collection: there is no promise that it stays
as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    BOOL,
    FLAGS,
    LIST,
    MAP,
    NUMBER,
    POOLS,
    RUNTIMES,
    SIZE,
    TABLES,
    TEXT,
    TEXTS,
    ULIMITS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, Dict, Iterator, Mapping

    # (value, where it stands) -> what is wrong
    Rule = Callable[[Any, str], Iterator[str]]

_WHOLE_NUMBERS = range(-(2**63), 2**63)


def _wanted(place: str, what: str) -> str:
    return "%s (wanted: %s)" % (place, what)


def _text(value: "Any", place: str) -> "Iterator[str]":
    if not (value is None or isinstance(value, str)):
        yield _wanted(place, "a text")


def _size(value: "Any", place: str) -> "Iterator[str]":
    # opts/opts.go, MemBytes.UnmarshalJSON: neither a number nor null
    if not (isinstance(value, str) and value):
        yield _wanted(place, 'a text such as "64M"')


def _bool(value: "Any", place: str) -> "Iterator[str]":
    if not (value is None or isinstance(value, bool)):
        yield _wanted(place, "true or false")


def _number(value: "Any", place: str) -> "Iterator[str]":
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value not in _WHOLE_NUMBERS):
        yield _wanted(place, "a whole number")


def _table(value: "Any", place: str) -> "Iterator[str]":
    if not (value is None or isinstance(value, dict)):
        yield _wanted(place, "an object")


def _list_of(rule: "Rule") -> "Rule":
    def judge(value: "Any", place: str) -> "Iterator[str]":
        if not isinstance(value, list):
            if value is not None:
                yield _wanted(place, "a list")
            return
        for number, item in enumerate(value):
            yield from rule(item, "%s[%d]" % (place, number))

    return judge


def _table_of(rule: "Rule") -> "Rule":
    def judge(value: "Any", place: str) -> "Iterator[str]":
        yield from _table(value, place)
        for name in sorted(value) if isinstance(value, dict) else ():
            yield from rule(value[name], "%s.%s" % (place, name))

    return judge


def _fields(rules: "Mapping[str, Rule]") -> "Rule":
    def judge(value: "Any", place: str) -> "Iterator[str]":
        yield from _table(value, place)
        for name in sorted(value) if isinstance(value, dict) else ():
            if name.lower() in rules:
                yield from rules[name.lower()](value[name], "%s.%s" % (place, name))

    return judge


_RULES: "Dict[str, Rule]" = {
    BOOL: _bool,
    NUMBER: _number,
    TEXT: _text,
    SIZE: _size,
    LIST: _list_of(_text),
    MAP: _table,
    TEXTS: _table_of(_text),
    FLAGS: _table_of(_bool),
    TABLES: _table_of(_table_of(_text)),
    POOLS: _list_of(_fields({"base": _text, "size": _number})),
    ULIMITS: _table_of(_fields({"name": _text, "hard": _number, "soft": _number})),
    RUNTIMES: _table_of(_fields({"path": _text, "runtimeargs": _list_of(_text)})),
}


def problems(kind: str, value: "Any", place: str) -> "Iterator[str]":
    """What is wrong with a value of daemon.json: where it stands, and what dockerd wants there."""
    rule = _RULES.get(kind)
    if rule:
        yield from rule(value, place)


def group_problems(members: "Collection[str]", known: "Collection[str]", value: "Any", place: str) -> "Iterator[str]":
    """The same of a GROUP, whose members dockerd looks up as if each stood by itself; so null is no group.

    ``members``: names of its members; ``known``: of all settings.
    """
    if not isinstance(value, dict):
        yield _wanted(place, "an object")
        return
    for name in sorted(value):
        if name in members:
            yield from _text(value[name], "%s.%s" % (place, name))
        elif name not in known:
            yield "%s.%s (dockerd knows no such setting)" % (place, name)
