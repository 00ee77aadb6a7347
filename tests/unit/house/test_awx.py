"""AWX lists the operators' playbooks of a checkout, and nothing else: whoever makes a job template chooses from it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]

# As AWX 24 finds playbooks (awx/main/utils/ansible.py): at any indentation, and `include` in older releases.
PLAYBOOK = re.compile(r"\s*-?\s*(?:hosts|include|(?:ansible\.builtin\.)?import_playbook)\s*:")
VAULT = "$ANSIBLE_VAULT;"
NOT_SEARCHED = {"roles", "tasks", "group_vars", "host_vars"}


def is_searched(name: str) -> bool:
    """Whether AWX reads a file, by its path in the repository."""
    *folders, file = name.split("/")
    hidden = any(folder in NOT_SEARCHED or folder.startswith(".") for folder in folders)
    return not hidden and file.endswith((".yml", ".yaml"))


def is_playbook(text: str) -> bool:
    """Whether AWX takes a text for a playbook. It reads lines, no YAML."""
    return text.startswith(VAULT) or any(PLAYBOOK.match(line) for line in text.splitlines())


def tracked() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True).stdout
    # Git names a link without what it leads to. AWX does not follow links either.
    return [name for name in listed.split("\0") if (TOP / name).is_file() and not (TOP / name).is_symlink()]


def test_awx_lists_the_operators_playbooks_only() -> None:
    found = [name for name in tracked() if is_searched(name)]
    found = [name for name in found if is_playbook((TOP / name).read_text(encoding="utf-8", errors="ignore"))]
    operators = {path.relative_to(TOP).as_posix() for path in (TOP / "playbooks").glob("*.yml")}
    assert set(found) == operators | {"switch-runtime.yml"}


@pytest.mark.parametrize(
    "name, searched",
    [
        ("playbooks/stage.yml", True),
        ("tests/a/play.yaml", True),
        ("molecule/shared/converge.yml", True),
        (".config/molecule/playbooks/converge.yml", False),
        ("roles/preflight/tasks/main.yml", False),
        ("molecule/tasks/converge.yml", False),
        ("examples/group_vars/all.yml", False),
        ("examples/inventory", False),
        ("docs/rollout.md", False),
    ],
)
def test_where_awx_searches(name: str, searched: bool) -> None:
    assert is_searched(name) is searched


@pytest.mark.parametrize(
    "text, found",
    [
        ("---\n- hosts: all\n", True),
        ("- name: x\n  hosts: all\n", True),
        ("all:\n    hosts:\n", True),
        ("- ansible.builtin.import_playbook: x\n", True),
        ("-   import_playbook: x\n", True),
        ("$ANSIBLE_VAULT;1.1;AES256\n61\n", True),
        ("# hosts: all\nname: x\n", False),
        ("ghosts: all\n", False),
        ("- ansible.builtin.include_tasks: x\n", False),
    ],
)
def test_what_awx_takes_for_a_playbook(text: str, found: bool) -> None:
    assert is_playbook(text) is found


def molecule_playbooks() -> dict[str, list[Path]]:
    """{scenario: its playbooks}, of the shared configuration and its own. Paths begin at the scenario's folder."""
    shared = yaml.safe_load((TOP / ".config/molecule/config.yml").read_text(encoding="utf-8"))
    found = {}
    for path in sorted((TOP / "molecule").glob("*/molecule.yml")):
        own = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        named = {**shared["ansible"]["playbooks"], **own.get("ansible", {}).get("playbooks", {})}
        found[path.parent.name] = [path.parent / name for name in named.values()]
    return found


def test_molecule_finds_its_playbooks_where_awx_does_not_search() -> None:
    found = molecule_playbooks()
    assert len(found) >= 5 and all(len(paths) >= 3 for paths in found.values())
    for path in [path.resolve() for paths in found.values() for path in paths]:
        assert path.is_file() and not is_searched(path.relative_to(TOP).as_posix()), path
