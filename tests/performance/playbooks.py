"""What stands in the YAML of roles and playbooks: hostvars and long Jinja."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import jinja2
import yaml

LONG = 100
# Keys whose text is an expression without braces.
CONDITIONS = ("when", "until", "failed_when", "changed_when", "that")


class Loader(yaml.SafeLoader):
    """Reads tags such as `!unsafe` as what they stand before."""


Loader.add_multi_constructor("!", lambda loader, _tag, node: loader.construct_scalar(node))


def texts_in(value: Any, key: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, str]]:
    """(key it stands under, text) of all text in what YAML gave, without what an alias repeats: the same object."""
    seen = set() if seen is None else seen
    if id(value) in seen or not isinstance(value, (str, dict, list)):
        return
    seen.add(id(value))
    if isinstance(value, str):
        yield key, value
        return
    for name, inner in value.items() if isinstance(value, dict) else ((key, inner) for inner in value):
        yield from texts_in(inner, str(name), seen)


def expressions_in(text: str) -> list[str]:
    """Each `{{ ... }}`, braces included, on one line; braces inside are the lexer's to distinguish."""
    found, current = [], ""
    for _line, kind, value in jinja2.Environment().lex(text):
        if kind == "variable_begin" or current:
            current += value
        if kind == "variable_end":
            found.append(" ".join(current.split()))
            current = ""
    return found


def yaml_figures(texts: Iterable[str]) -> dict[str, int]:
    """hostvars and long Jinja in the YAML of roles and playbooks; comments do not count."""
    hostvars, lines, allowed, long, conditions = re.compile(r"\bhostvars\b"), 0, 0, 0, 0
    total = 0
    for text in texts:
        lines += sum(bool(hostvars.search(line)) for line in text.splitlines() if not line.lstrip().startswith("#"))
        for document in yaml.load_all(text, Loader):
            plays = [play for play in document if isinstance(play, dict)] if isinstance(document, list) else []
            targets = [{key: play.get(key) for key in ("hosts", "serial")} for play in plays]
            allowed += sum(len(hostvars.findall(found)) for _key, found in texts_in(targets))
            for key, found in texts_in(document):
                total += len(hostvars.findall(found))
                long += sum(len(expression) > LONG for expression in expressions_in(found))
                conditions += key in CONDITIONS and "{{" not in found and len(" ".join(found.split())) > LONG
    return {
        "hostvars, lines": lines,
        "hostvars, occurrences": total,
        "hostvars in hosts and serial of plays": allowed,
        "hostvars elsewhere": total - allowed,
        f"Jinja in braces over {LONG}": long,
        f"conditions without braces over {LONG}": conditions,
    }
