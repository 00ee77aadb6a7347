"""An operator can read what roles and playbooks say: messages, descriptions, names of tasks, and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
SOURCES = [
    path
    for folder in ("roles", "playbooks", "molecule", ".config/molecule")
    for path in sorted((TOP / folder).rglob("*.yml"))
]
LIMIT = 25  # words in a sentence
TEXTS = ("name", "msg", "fail_msg", "description", "short_description")


def texts(node: Any) -> Iterator[str]:
    """The human-readable texts in a parsed file, wherever they are in it."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, (dict, list)):
            yield from texts(value)
        elif isinstance(value, str) and key in TEXTS:
            yield value
    for value in node.values() if isinstance(node, dict) else ():
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


def comments(text: str) -> Iterator[str]:
    for block in re.findall(r"(?:^ *#.*\n)+", text, re.M):
        yield " ".join(line.strip("# ") for line in block.splitlines())


def too_long(text: str) -> list[str]:
    """Its sentences with too many words. An expression and a piece of code are one word each."""
    plain = re.sub(r"\{\{.*?\}\}|`[^`]*`", "X", text, flags=re.S)
    return [part for part in re.split(r"(?<=[.?!])\s+", plain) if len(re.findall(r"\w\S*", part)) > LIMIT]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_sentences_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = [*texts(yaml.safe_load(text)), *comments(text)]
    assert [sentence for part in said for sentence in too_long(part)] == []


def test_the_reader_itself() -> None:
    content = {"a": [{"name": "x", "block": [{"debug": {"msg": "y"}}]}], "description": ["z"], "other": "not this"}
    assert sorted(texts(content)) == ["x", "y", "z"]
    assert list(comments("a: 1\n  # One\n  # two.\nb: 2\n")) == ["One two."]
    assert not too_long("word " * LIMIT) and too_long("word " * (LIMIT + 1)) and not too_long("{{ %s }}" % ("a " * 50))
