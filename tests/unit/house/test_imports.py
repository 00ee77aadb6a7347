"""Imports go one way: a package knows the packages below it, and never one above. Ansible's loader would not notice."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
PACKAGE = "ansible_collections.cri.switchover.plugins"

# What each package may import, itself aside. What runs on nodes, modules and all below, cannot import plugin_utils:
# Ansible does not send it there.
BELOW = {
    "_common": set(),
    "_engine": set(),
    "_cutover": {"_engine"},
    "_facts": {"_common", "_engine"},
    "_kubelet": {"_common", "_facts"},
    "_runtimes": {"_common", "_facts", "_kubelet"},
    "_docker_removal": {"_common", "_facts", "_kubelet", "_runtimes", "_engine"},
    "_kubernetes": {"_common"},
    "_drain": {"_common", "_kubernetes"},
    "_rollout": {"_common", "_kubernetes", "_drain"},
}
ON_NODES = set(BELOW)
BELOW["doc_fragments"] = set()
BELOW["modules"] = set(ON_NODES)
BELOW["plugin_utils"] = set(ON_NODES)
for _above in ("action", "filter", "lookup"):
    BELOW[_above] = ON_NODES | {"plugin_utils"}
# An action takes its documentation, and with it the list of its options, from the module of its name.
BELOW["action"] |= {"modules"}

FILES = sorted(PLUGINS.rglob("*.py"))


def package_of(parts: tuple[str, ...]) -> str:
    return parts[1] if parts[0] == "module_utils" and len(parts) > 1 else parts[0]


def module_of(path: Path) -> tuple[str, ...]:
    return path.relative_to(PLUGINS).with_suffix("").parts


def imported(path: Path, tree: ast.AST) -> set[tuple[str, ...]]:
    """The collection's own files that a file imports, by their parts below plugins/; relative imports resolved."""
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = module_of(path)[: -node.level] + tuple((node.module or "").split(".")) * bool(node.module)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE + "."):
            base = tuple(str(node.module)[len(PACKAGE) + 1 :].split("."))
        else:
            assert not (isinstance(node, ast.Import) and any(n.name.startswith(PACKAGE) for n in node.names)), path
            continue
        for name in node.names:
            whole = (*base, name.name)
            found.add(whole if PLUGINS.joinpath(*whole).with_suffix(".py").exists() else base)
    return found


def graph() -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    return {module_of(path): imported(path, ast.parse(path.read_text(encoding="utf-8"))) for path in FILES}


def upward(edges: dict[tuple[str, ...], set[tuple[str, ...]]]) -> list[str]:
    return [
        f"{'/'.join(source)} imports {'/'.join(target)}"
        for source, targets in edges.items()
        for target in sorted(targets)
        if package_of(source) != package_of(target) and package_of(target) not in BELOW[package_of(source)]
    ]


def circles(edges: dict[tuple[str, ...], set[tuple[str, ...]]]) -> list[list[tuple[str, ...]]]:
    """Files that import each other, at any distance."""
    done: set[tuple[str, ...]] = set()
    found = []

    def visit(name: tuple[str, ...], path: list[tuple[str, ...]]) -> None:
        if name in path:
            found.append(path[path.index(name) :])
        elif name not in done:
            for target in sorted(edges.get(name, ())):
                visit(target, [*path, name])
            done.add(name)

    for name in sorted(edges):
        visit(name, [])
    return found


def test_every_package_has_its_place():
    assert {package_of(module_of(path)) for path in FILES} == set(BELOW)


def test_no_import_goes_upward():
    assert not upward(graph())


def test_there_is_no_circle():
    assert not circles(graph())


@pytest.mark.parametrize(
    "source,target",
    [
        (("module_utils", "_engine", "cli"), ("module_utils", "_common", "text")),
        (("module_utils", "_kubernetes", "cluster"), ("module_utils", "_drain", "plan")),
        (("modules", "cluster_info"), ("plugin_utils", "settings")),
        (("module_utils", "_facts", "node"), ("plugin_utils", "version")),
        (("plugin_utils", "settings"), ("action", "cutover")),
    ],
)
def test_an_import_that_goes_upward_is_seen(source, target):
    assert upward({source: {target}})


def test_a_circle_is_seen():
    a, b, c = ("module_utils", "_facts", "a"), ("module_utils", "_facts", "b"), ("module_utils", "_facts", "c")
    assert circles({a: {b}, b: {c}, c: {a}}) and not circles({a: {b, c}, b: {c}, c: set()})


def test_packages_have_empty_init_files():
    """Code there would run for each import; AnsiballZ and sanity want them empty, too."""
    for path in PLUGINS.rglob("__init__.py"):
        assert path.read_text(encoding="utf-8") == "", path
    for folder in (PLUGINS / "module_utils", PLUGINS / "plugin_utils"):
        for path in (p for p in folder.rglob("*") if p.is_dir() and p.name != "__pycache__" and any(p.glob("*.py"))):
            assert (path / "__init__.py").exists(), path
