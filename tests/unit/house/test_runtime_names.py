"""Only `_runtimes` knows a target by its name: nowhere else is there a condition on one, or a table of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.registry import TARGETS

TOP = Path(__file__).resolve().parents[3]
NAMES = {*TARGETS, "cri-o"}
PYTHON = [
    path
    for path in sorted((TOP / "plugins").rglob("*.py"))
    if "_runtimes" not in path.parts and (path.parent.name, path.stem) not in {("_facts", name) for name in TARGETS}
]
YAML = [path for folder in ("roles", "playbooks") for path in sorted((TOP / folder).rglob("*.yml"))]
COMPARED = re.compile(
    r"""(?:==|!=|\bin)\s*[\[(]?\s*['"](%s)['"]|['"](%s)['"]\s*(?:==|!=|in\b)""" % ((("|".join(NAMES)),) * 2)
)


def named(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)} & NAMES


def conditions(text: str) -> list[str]:
    """Where a text of Python decides by a target's name: "LINE: what stands there"."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and any(
            named(side) for side in [node.left, *node.comparators] if is_plain(side)
        ):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Dict) and len({key.value for key in node.keys if is_text(key)} & set(TARGETS)) > 1:
            found.append(f"{node.lineno}: a table by {', '.join(sorted(named(node)))}")
    return found


def is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_plain(node: ast.AST) -> bool:
    """A text, or a list of texts: what a name is compared with."""
    return is_text(node) or (isinstance(node, (ast.Tuple, ast.List, ast.Set)) and all(map(is_text, node.elts)))


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(TOP)))
def test_no_condition_in_python(path: Path) -> None:
    assert conditions(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", YAML, ids=lambda path: str(path.relative_to(TOP)))
def test_no_condition_in_playbooks_and_roles(path: Path) -> None:
    assert [found.group(0) for found in COMPARED.finditer(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "text, found",
    [
        ('x = 1 if target == "crio" else 2', True),
        ('if "containerd" != target: pass', True),
        ('y = target in ("containerd", "docker")', True),
        ('STORES = {"containerd": "/a", "crio": "/b"}', True),
        ('if target is CRIO or name == "runc": pass', False),
        ('run("crio", {"containerd": 1})', False),
    ],
)
def test_what_is_a_condition(text: str, found: bool) -> None:
    assert bool(conditions(text)) is found
