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
# Constants in which such a name is that of something else: kubelet's flag --containerd, packages that Docker's need.
OTHER_THINGS = {"_KEPT", "DOCKERS_OWN"}
YAML = [path for folder in ("roles", "playbooks") for path in sorted((TOP / folder).rglob("*.yml"))]
COMPARED = re.compile(
    r"""(?:==|!=|\bin)\s*[\[(]?\s*['"](%s)['"]|['"](%s)['"]\s*(?:==|!=|in\b)""" % ((("|".join(NAMES)),) * 2)
)


def named(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)} & NAMES


def is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_plain(node: ast.AST) -> bool:
    """A text, or a list of texts: what a name is compared with."""
    return is_text(node) or (isinstance(node, (ast.Tuple, ast.List, ast.Set)) and all(map(is_text, node.elts)))


def constants(text: str) -> set[str]:
    """Names of a file's constants that are a target's name, or a list or a table of some."""
    found = set()
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if value is not None and (is_plain(value) or isinstance(value, ast.Dict)):
            parts = value.keys if isinstance(value, ast.Dict) else [value]
            if any(named(part) for part in parts if part is not None and is_plain(part)):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


# Of all files: a constant may be imported from another one.
CONSTANTS = {name for path in PYTHON for name in constants(path.read_text(encoding="utf-8"))} - OTHER_THINGS


def decides(node: ast.AST, known: set[str]) -> bool:
    """Whether a side of a comparison names a target, or is a constant that does."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
    return bool(is_plain(node) and named(node)) or name in known


def conditions(text: str) -> list[str]:
    """Where a text of Python decides by a target's name: "LINE: what stands there"."""
    known, found = CONSTANTS | (constants(text) - OTHER_THINGS), []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and any(decides(side, known) for side in [node.left, *node.comparators]):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Dict) and len({key.value for key in node.keys if is_text(key)} & set(TARGETS)) > 1:
            found.append(f"{node.lineno}: a table by {', '.join(sorted(named(node)))}")
    return found


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
        ('MINOR_PARTS = ("crio", "kernel")\nlevel = 1 if part in MINOR_PARTS else 2', True),
        ('PART: str = "crio"\nif part == PART: pass', True),
        ('STORES = {"crio": 1}\nif part in STORES: pass', True),
        ('NAMES = ("runc", "crun")\nif name in NAMES: pass', False),
        ('if target is CRIO or name == "runc": pass', False),
        ('run("crio", {"containerd": 1})', False),
    ],
)
def test_what_is_a_condition(text: str, found: bool) -> None:
    assert bool(conditions(text)) is found
