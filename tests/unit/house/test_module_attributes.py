"""Each module says how it supports what the shared fragment describes. The action group has all that use the API."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
MODULES = sorted((TOP / "plugins" / "modules").glob("*.py"))
STANDARD = {"check_mode", "diff_mode", "idempotent", "platform"}
FRAGMENT, GROUP = "cri.switchover.attributes", "cri.switchover.attributes.cluster"


def documentation(path: Path) -> dict[str, Any]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{path.name} has no DOCUMENTATION")


def fragments(path: Path) -> list[str]:
    named = documentation(path).get("extends_documentation_fragment", [])
    return [named] if isinstance(named, str) else named


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_says_what_it_supports_in_the_words_of_the_fragment(path: Path) -> None:
    attributes = documentation(path)["attributes"]
    assert set(attributes) == STANDARD and FRAGMENT in fragments(path)
    assert all("support" in attribute and "description" not in attribute for attribute in attributes.values())


def test_the_action_group_has_all_modules_that_use_the_api() -> None:
    group = yaml.safe_load((TOP / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]["cluster"]
    assert group == [path.stem for path in MODULES if "cri.switchover.kubeconfig" in fragments(path)]
    assert group == [path.stem for path in MODULES if GROUP in fragments(path)]
