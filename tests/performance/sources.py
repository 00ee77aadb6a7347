"""What stands in a tree's Python: sizes, functions, docstrings, filters, assertions. Counted, never imported."""

from __future__ import annotations

import ast
import itertools
import math
import re
import statistics
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Union

from performance.playbooks import yaml_figures

Figure = Union[int, float, str, None, "Figures"]
Figures = dict[str, Figure]
Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


class Source(NamedTuple):
    """One Python file: its path inside the tree, its text, and what Python's own parser made of it."""

    path: str
    text: str
    parsed: ast.Module


def files_of(tree: Path) -> list[str]:
    """Paths of what git would keep of the tree, links left out."""
    command = ["git", "-C", str(tree), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0"))
    return sorted(path for path in listed if path and (tree / path).is_file() and not (tree / path).is_symlink())


def is_python(path: Path) -> bool:
    """By its ending, or, where it has none, by its first line."""
    if path.suffix:
        return path.suffix == ".py"
    with path.open("rb") as stream:
        return re.match(rb"#!.*python", stream.readline(200)) is not None


def python_of(tree: Path, files: Iterable[str]) -> list[Source]:
    """All Python of a tree."""
    found = []
    for path in files:
        if is_python(tree / path):
            text = (tree / path).read_text(encoding="utf-8")
            found.append(Source(path, text, ast.parse(text, path)))
    return found


def area_of(path: str) -> str:
    """`plugins/modules`, `tests/unit`, `tests` for a file right in it, `molecule`; `top` for one in no folder."""
    *folders, _name = path.split("/")
    return "/".join(folders[: 2 if folders[:1] in (["plugins"], ["tests"]) else 1]) or "top"


def is_test(path: str) -> bool:
    """Whether a file belongs to the tests, with all that serves them."""
    return path.startswith(("tests/", "molecule/", ".config/"))


def percentile(values: Iterable[int], share: int) -> int:
    """The smallest value that so many percent of all do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)] if ordered else 0


def percent(part: int, whole: int) -> float:
    """Rounded down to a tenth, so that 100 means all."""
    return math.floor(1000 * part / whole) / 10 if whole else 100.0


def functions_in(parsed: ast.Module) -> list[Function]:
    """All that `def` makes, methods and nested ones with them."""
    return [node for node in ast.walk(parsed) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def is_annotated(function: Function) -> bool:
    """All parameters but self or cls, and the return."""
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    if parameters and parameters[0].arg in ("self", "cls"):
        parameters = parameters[1:]
    parameters += [extra for extra in (given.vararg, given.kwarg) if extra]
    return function.returns is not None and all(parameter.annotation for parameter in parameters)


def lines_in(function: Function) -> int:
    """From `def` to its last line; a formatter changes it."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def statements_in(function: Function) -> int:
    """Statements of its body at any depth, without its docstring; no formatter changes it."""
    inside = itertools.chain.from_iterable(ast.walk(statement) for statement in function.body)
    return sum(isinstance(node, ast.stmt) for node in inside) - (ast.get_docstring(function) is not None)


def public_in(parsed: ast.Module) -> Iterator[tuple[str, bool]]:
    """(module, class or function; whether documented): names without underscore, in no function and no private class.

    A module counts whatever its name, if there is anything in it. Ansible's DOCUMENTATION is a module's docstring.
    """
    if parsed.body:
        names = {
            target.id
            for node in parsed.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        yield "module", ast.get_docstring(parsed) is not None or "DOCUMENTATION" in names
    waiting: list[ast.AST] = [parsed]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                if isinstance(node, ast.stmt):
                    waiting.append(node)
            elif not node.name.startswith("_"):
                yield "class" if isinstance(node, ast.ClassDef) else "function", ast.get_docstring(node) is not None
                if isinstance(node, ast.ClassDef):
                    waiting.append(node)


def filters_in(parsed: ast.Module) -> list[str]:
    """The names that a plugin file's FilterModule gives."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.ClassDef) and node.name == "FilterModule":
            given = [inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return)]
            if len(given) != 1 or not isinstance(given[0], ast.Dict):
                raise ValueError("filters() does not return one literal dictionary: their number cannot be read")
            return [str(key.value) for key in given[0].keys if isinstance(key, ast.Constant)]
    return []


def largest(sources: Iterable[Source]) -> Figures:
    """The file with the most lines."""
    lines, path = max((len(source.text.splitlines()), source.path) for source in sources)
    return {"path": path, "lines": lines}


def code_figures(tree: Path) -> Figures:
    """All that can be counted without running anything."""
    files = files_of(tree)
    sources = python_of(tree, files)
    product = [source for source in sources if not is_test(source.path)]
    functions = [function for source in product for function in functions_in(source.parsed)]
    lines, statements = [lines_in(one) for one in functions], [statements_in(one) for one in functions]
    public = [thing for source in product for thing in public_in(source.parsed)]
    areas: Figures = {}
    asserts: Figures = {}
    for area, group in itertools.groupby(
        sorted(sources, key=lambda source: area_of(source.path)), lambda source: area_of(source.path)
    ):
        members = list(group)
        areas[area] = {"files": len(members), "lines": sum(len(source.text.splitlines()) for source in members)}
        if is_test(members[0].path):
            nodes = itertools.chain.from_iterable(ast.walk(source.parsed) for source in members)
            asserts[area] = sum(isinstance(node, ast.Assert) for node in nodes)
    asserts["all"] = sum(count for count in asserts.values() if isinstance(count, int))
    operators = [
        path
        for path in files
        if path.endswith((".yml", ".yaml"))
        and (path.startswith(("roles/", "playbooks/")) or path == "switch-runtime.yml")
    ]
    return {
        "Python by area": areas,
        "files right in module_utils": sum(Path(path).parent == Path("plugins/module_utils") for path in files),
        "largest outside tests": largest(product),
        "largest in tests": largest(source for source in sources if is_test(source.path)),
        "functions outside tests": {
            "number": len(functions),
            "annotated, %": percent(sum(map(is_annotated, functions)), len(functions)),
            "lines, median": statistics.median(lines),
            "lines, p95": percentile(lines, 95),
            "statements, median": statistics.median(statements),
            "statements, p95": percentile(statements, 95),
        },
        "public outside tests": {
            kind: {"number": len(them), "documented": sum(them), "documented, %": percent(sum(them), len(them))}
            for kind, them in (
                (kind, [documented for name, documented in public if kind in (name, "all")])
                for kind in ("module", "class", "function", "all")
            )
        },
        "filters": sum(
            len(filters_in(source.parsed)) for source in product if area_of(source.path) == "plugins/filter"
        ),
        "roles and playbooks": {**yaml_figures((tree / path).read_text(encoding="utf-8") for path in operators)},
        "assert statements": asserts,
    }
