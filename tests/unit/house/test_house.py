"""What the house rules promise and a reader would have to trust: checked against the files themselves."""

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

TOP = Path(__file__).resolve().parents[3]
ROLES = sorted(p.name for p in (TOP / "roles").iterdir())
SOURCES = [p for folder in ("roles", "playbooks") for p in sorted((TOP / folder).rglob("*.yml"))]


def load(*parts):
    path = TOP.joinpath(*parts)
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def setting_of(value):
    """The setting that a default reads, or None."""
    match = (
        re.fullmatch(r"\{\{ lookup\('cri\.switchover\.setting', '(\w+)'\) \}\}", value)
        if isinstance(value, str)
        else None
    )
    return SETTINGS[match.group(1)] if match else None


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
        setting = setting_of(value)
        if setting or not (isinstance(value, str) and "{{" in value):
            assert documented[name].get("default") == (setting.default if setting else value), name
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


def test_a_setting_is_read_with_the_default_of_its_row():
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        for name, default in re.findall(r"(switchover_\w+) \| default\(([^)]*)\)", text):
            if default.replace(" ", "") not in ("omit,true", "omit"):
                assert yaml.safe_load(f"[{default}]")[0] == SETTINGS[name].default, f"{source}: {name}"
        for name in re.findall(r"'cri\.switchover\.setting', '(\w+)'", text):
            assert name in SETTINGS, f"{source}: {name}"


def test_the_documents_name_every_setting():
    documented = set(
        re.findall(r"^\| `(switchover_\w+)`", (TOP / "docs" / "settings.md").read_text(encoding="utf-8"), re.M)
    )
    assert documented == set(SETTINGS)
    for path in [TOP / "README.md", *(TOP / "docs").glob("*.md")]:
        named = set(re.findall(r"(?<![\w/])switchover_[a-z0-9_]*[a-z0-9](?![\w*])", path.read_text(encoding="utf-8")))
        assert named <= set(SETTINGS), path


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
