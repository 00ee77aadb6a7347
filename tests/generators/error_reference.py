"""docs/errors.md: every error token, from the lines of the source that make it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parents[2]
TOKEN = re.compile(r"^CRI-[A-Z0-9]+(-[A-Z0-9]+)*$")
IN_TEXT = re.compile(r"\b(CRI-[A-Z0-9]+(?:-[A-Z0-9]+)*): +([^\n]+)")
Names = dict[str, list[ast.AST]]
# What makes a finding, and the order of its arguments.
FINDINGS = {
    "finding": ("level", "token", "node", "message", "remedy", "allow"),
    "Reported": ("level", "token", "message", "remedy", "allow"),
}
LEVELS = {"BLOCKER": "blocker", "WARNING": "warning", "NOTE": "note"}
# What stands for a value that the message has.
VALUE = "…"

INTRODUCTION = (
    """\
# Error reference

Every error and every finding has a stable token, such as `CRI-PF-DISK`. Search this page for it.

- `%s` stands for a value that the message names.
- **Exception**: add its name to `switchover_allow`. Then the blocker is a warning.
- A finding of the preflight is a blocker, a warning or a note. Only a blocker stops the run.

This page is generated from the source: `./lab exec python tests/generate.py`.
What to do on a node that a run left in an unknown state is in [operations.md](operations.md).
"""
    % VALUE
)


@dataclass
class Entry:
    """What the source says of one token."""

    levels: set[str] = field(default_factory=set)
    messages: dict[str, str] = field(default_factory=dict)  # {message: its remedy, or ""}
    exceptions: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


def text_of(node: ast.AST | None) -> str:
    """The text that an expression makes, with VALUE for each part that is not known; "" for one that is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"%\([a-z_]+\)[sd]|%[-0-9.]*[sdrf]", VALUE, node.value).replace("%%", "%")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return text_of(node.left)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (text_of(node.left) or VALUE) + (text_of(node.right) or VALUE)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else VALUE for part in node.values)
    if isinstance(node, ast.IfExp):
        return text_of(node.body) or text_of(node.orelse)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return re.sub(r"\{[^{}]*\}", VALUE, text_of(node.func.value))
    return ""


def texts_of(node: ast.AST | None, names: Names) -> list[str]:
    """Each text that an expression may make: both sides of a condition, and all that a name was given before."""
    if isinstance(node, ast.IfExp):
        return texts_of(node.body, names) + texts_of(node.orelse, names)
    if isinstance(node, ast.Name):
        return [text for value in names.get(node.id, []) for text in texts_of(value, {})]
    text = text_of(node)
    return [text] if text.strip(VALUE + " :.;,") else []


def names_in(function: ast.AST) -> Names:
    """{name: the expressions that a function gives it}."""
    found: Names = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=False))
                for name, value in pairs:
                    if isinstance(name, ast.Name):
                        found.setdefault(name.id, []).append(value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, [])
    return found


def constants_of(node: ast.AST | None) -> set[str]:
    return (
        {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)} if node else set()
    )


def levels_of(node: ast.AST) -> set[str]:
    return {LEVELS[n.id] for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in LEVELS}


def arguments_of(call: ast.Call, names: tuple[str, ...]) -> list[ast.AST | None]:
    """The parts of a finding, from a call that gives them by place or by name. ``names``: of its arguments."""
    given: dict[str, ast.AST] = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    given.update(zip(names, call.args, strict=False))
    return [given.get(name) for name in ("level", "token", "message", "remedy", "allow")]


def read_python(path: Path, entries: dict[str, Entry]) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = str(path.relative_to(TOP))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if TOKEN.match(node.value):
                entries.setdefault(node.value, Entry()).files.add(name)
            else:
                read_text(node.value, name, entries)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in [*functions, tree]:
        names = names_in(scope)
        for node in ast.walk(scope):
            if isinstance(node, (ast.Call, ast.Tuple)):
                read_call(node, names, entries)


def read_call(node: ast.Call | ast.Tuple, names: Names, entries: dict[str, Entry]) -> None:
    """A call or a tuple in which a message follows a token."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FINDINGS:
        level, token, message, remedy, allow = arguments_of(node, FINDINGS[node.func.id])
        for text in constants_of(token):
            if TOKEN.match(text):
                entry = entries.setdefault(text, Entry())
                entry.levels |= levels_of(level) if level else set()
                entry.exceptions |= constants_of(allow)
                for said in texts_of(message, names):
                    entry.messages.setdefault(said, " / ".join(texts_of(remedy, names)))
        return
    parts = node.args if isinstance(node, ast.Call) else node.elts
    for token_part, message_part in zip(parts, parts[1:], strict=False):
        if not isinstance(token_part, ast.Constant) or not TOKEN.match(str(token_part.value)):
            continue
        handler = isinstance(node, ast.Tuple) and len(parts) == 4  # (token, blocks, message, remedy)
        remedies = texts_of(parts[3], names) if handler else []
        for said in texts_of(parts[2] if handler else message_part, names):
            if " " in said:
                entry = entries.setdefault(str(token_part.value), Entry())
                entry.messages.setdefault(said, " / ".join(remedies))


def read_text(text: str, name: str, entries: dict[str, Entry]) -> None:
    """Messages that begin with their token."""
    for token, said in IN_TEXT.findall(text):
        entry = entries.setdefault(token, Entry())
        entry.files.add(name)
        said = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", VALUE, re.sub(r"\s+", " ", said), flags=re.S)
        if "}}" in said or "{{" in said:  # a part of an expression
            continue
        entry.messages.setdefault(re.sub(r"%\([a-z_]+\)[sd]|%[-0-9.]*[sdrf]", VALUE, said).strip("\"' "), "")


ANY = re.compile(r"(?<![\w-])CRI-[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w*-])")


def mentioned(text: str) -> set[str]:
    """Every token that a text names, whole: not CRI-PF-* for all of a kind, nor the words of a document."""
    return {token for token in ANY.findall(text) if token != "CRI-O"}


def strings_in(value: object) -> Iterator[str]:
    """Each text in nested lists and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


def entries() -> dict[str, Entry]:
    """{token: what the source says of it}, in the order of the alphabet."""
    found: dict[str, Entry] = {}
    for path in sorted((TOP / "plugins").rglob("*.py")):
        read_python(path, found)
    for folder in ("roles", "playbooks"):
        for path in sorted((TOP / folder).rglob("*.yml")):
            if path.parent.name != "meta":
                name = str(path.relative_to(TOP))
                for text in strings_in(yaml.safe_load(path.read_text(encoding="utf-8"))):
                    read_text(text, name, found)
                    # A token that stands apart from its message.
                    for token in mentioned(text):
                        found.setdefault(token, Entry()).files.add(name)
    return dict(sorted(found.items()))


def lines_of(token: str, entry: Entry) -> Iterator[str]:
    kind = f" ({', '.join(level for level in LEVELS.values() if level in entry.levels)})" if entry.levels else ""
    yield f"### {token}{kind}"
    yield ""
    for message, remedy in entry.messages.items():
        yield f"- {message}"
        if remedy:
            yield f"  - **Remedy**: {remedy}"
    if entry.exceptions:
        yield f"- **Exception**: {', '.join(f'`{name}`' for name in sorted(entry.exceptions))}"
    if not entry.messages:
        yield f"- Made in {', '.join(f'`{name}`' for name in sorted(entry.files))}."
    yield ""


def page(_text: str = "") -> str:
    """The text of docs/errors.md."""
    groups: dict[str, list[str]] = {}
    for token, entry in entries().items():
        groups.setdefault(token.split("-")[1], []).extend(lines_of(token, entry))
    body = []
    for group, lines in groups.items():
        body += [f"## CRI-{group}", "", *lines]
    return INTRODUCTION + "\n" + "\n".join(body).rstrip() + "\n"
