"""What the house rules promise and a reader would have to trust: checked against the files themselves."""

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.cri.switchover.plugins.plugin_utils.settings import SETTINGS
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

TOP = Path(__file__).resolve().parents[3]
ROLES = sorted(p.name for p in (TOP / "roles").iterdir())
SOURCES = [p for folder in ("roles", "playbooks") for p in sorted((TOP / folder).rglob("*.yml"))]


def load(*parts):
    path = TOP.joinpath(*parts)
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def literal(value):
    """A default, with ``{{ switchover_x | default(LITERAL) }}`` reduced to what it is when nobody sets it."""
    match = re.fullmatch(r"\{\{ switchover_\w+ \| default\((.*)\) \}\}", value) if isinstance(value, str) else None
    return yaml.safe_load(match.group(1)) if match else value


@pytest.mark.parametrize("role", ROLES)
def test_argument_specs_equal_defaults(role):
    specs = load("roles", role, "meta", "argument_specs.yml")["argument_specs"]
    defaults = load("roles", role, "defaults", "main.yml") or {}
    assert all(name.startswith(role + "_") for name in defaults), "a role's variables carry its prefix"
    documented = {}
    for entry in specs.values():
        documented.update(entry.get("options", {}))
    assert set(defaults) <= set(documented), "defaults that no argument spec knows"
    for name, value in defaults.items():
        computed = isinstance(literal(value), str) and "{{" in value and literal(value) == value
        assert computed or literal(value) == documented[name].get("default"), name
    optional = {name for name, option in documented.items() if not option.get("required")}
    assert optional == set(defaults), "optional arguments without a default"


@pytest.mark.parametrize("role", ROLES)
def test_every_entry_point_has_a_spec(role):
    specs = load("roles", role, "meta", "argument_specs.yml")["argument_specs"]
    for name in specs:
        assert (TOP / "roles" / role / "tasks" / f"{name}.yml").exists()
    called = re.compile(r"name: cri\.switchover\.%s\n\s+tasks_from: (\w+)" % role)
    for source in SOURCES:
        for entry in called.findall(source.read_text(encoding="utf-8")):
            assert entry in specs, f"{source}: {role} has no argument spec for {entry}"


def test_one_default_for_each_setting():
    """The same switchover_x may be read in several roles: never with two defaults."""
    seen = {}
    for source in SOURCES:
        for name, default in re.findall(r"(switchover_\w+) \| default\(([^)]*)\)", source.read_text(encoding="utf-8")):
            if default.replace(" ", "") not in ("omit,true", "omit"):
                seen.setdefault(name, set()).add(default)
    assert seen and all(len(defaults) == 1 for defaults in seen.values()), seen
    assert set(seen) <= set(SETTINGS), "a setting that the guard does not know"


def test_the_readme_documents_every_setting():
    documented = set(re.findall(r"^\| `(switchover_\w+)`", (TOP / "README.md").read_text(encoding="utf-8"), re.M))
    assert documented == set(SETTINGS)


def test_one_version():
    assert load("galaxy.yml")["version"] == VERSION


def test_what_the_house_rules_forbid_is_not_there():
    words = r"strategy|vars_prompt|ignore_errors|ansible\.builtin\.pause|ansible\.builtin\.shell"
    forbidden = re.compile(r"^\s*(%s):" % words, re.M)
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        assert not forbidden.search(text), source
        assert not (source.parent.name == "playbooks" and re.search(r"^  become:", text, re.M)), source
    assert not list((TOP / "roles").glob("*/handlers"))


def test_nothing_needs_what_users_do_not_have():
    for path in [p for f in ("plugins", "roles", "playbooks", "docs") for p in (TOP / f).rglob("*") if p.is_file()]:
        if path.suffix in (".py", ".yml", ".md", ".j2"):
            assert "../shared" not in path.read_text(encoding="utf-8"), path
