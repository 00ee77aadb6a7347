"""Each role has a README that an operator can start from: options that exist, an example, the executions on nodes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
ROLES = sorted(path.name for path in (TOP / "roles").iterdir() if path.is_dir())
SECTIONS = ["Options", "Example", "What happens", "Result", "Executions"]

roles = pytest.mark.parametrize("role", ROLES)


def readme(role: str) -> str:
    return (TOP / "roles" / role / "README.md").read_text(encoding="utf-8")


def options(role: str) -> dict[str, Any]:
    """{option: what the argument specs say of it}, of all entry points."""
    text = (TOP / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    for entry in yaml.safe_load(text)["argument_specs"].values():
        found.update(entry.get("options", {}))
    return found


def called(node: Any) -> set[tuple[str, str]]:
    """(role, entry point) of each include_role in a parsed playbook."""
    found: set[tuple[str, str]] = set()
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "ansible.builtin.include_role":
            found.add((value["name"], value.get("tasks_from", "main")))
        elif isinstance(value, (dict, list)):
            found |= called(value)
    return found


@roles
def test_a_readme_has_its_parts_in_order(role: str) -> None:
    text = readme(role)
    assert text.startswith(f"# {role}\n\n")
    headings = re.findall(r"^## (.*)$", text, re.M)
    assert [heading for heading in headings if heading in SECTIONS] == [
        heading for heading in SECTIONS if heading in headings
    ]
    assert {"Options", "Example", "Result", "Executions"} <= set(headings)


@roles
def test_a_readme_names_no_option_that_does_not_exist(role: str) -> None:
    named = set(re.findall(rf"(?<![\w.])({role}_\w+)", readme(role)))
    prefixes = {f"{role}_result"} | {f"{other}_" for other in ROLES if other.startswith(f"{role}_")}
    assert {name for name in named if not name.startswith(tuple(prefixes))} <= set(options(role)) | {"preflight_node"}


@roles
def test_a_readme_names_every_required_option(role: str) -> None:
    required = {name for name, option in options(role).items() if option.get("required")}
    assert required <= set(re.findall(r"`(\w+)`", readme(role)))


@roles
def test_every_option_is_described(role: str) -> None:
    assert [name for name, option in options(role).items() if not option.get("description")] == []


@roles
def test_the_example_calls_the_role_by_entry_points_that_it_has(role: str) -> None:
    found = re.search(r"^## Example\n.*?^```yaml\n(.*?)^```$", readme(role), re.M | re.S)
    assert found, "no example"
    text = (TOP / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    entries = [entry for name, entry in called(yaml.safe_load(found.group(1))) if name == f"cri.switchover.{role}"]
    assert entries and set(entries) <= set(yaml.safe_load(text)["argument_specs"])


def test_the_collections_readme_leads_to_every_role() -> None:
    """target_runtime is a part of the targets, and not called alone."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    assert [role for role in ROLES if f"(roles/{role}/README.md)" not in text] == ["target_runtime"]
