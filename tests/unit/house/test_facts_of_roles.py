"""A role hands on one documented fact. Nobody reads what else it has: no other role, no playbook, no plugin."""

import re
from pathlib import Path

import pytest
import yaml
from performance.playbooks import CONDITIONS, texts_in, yaml_figures

TOP = Path(__file__).resolve().parents[3]
ROLES = sorted(path.name for path in (TOP / "roles").iterdir())
PLAYBOOKS = sorted((TOP / "playbooks").glob("*.yml"))
# Beside <role>_result: what the preflight says of each host. preflight_result is the run's.
ALSO = {"preflight_node"}
# The longest name first: target_runtime is no variable of a role target.
OWNED = re.compile(r"(?<![\w'\"/.])(_{0,2})(%s)_(\w+)" % "|".join(sorted(ROLES, key=len, reverse=True)))
FILTERS = ["gates", "node_state"]


def read_by(path):
    """{name} of roles' variables in the expressions of a file; the keys that stand before a colon are not read."""
    found = set()
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        for key, text in texts_in(document):
            expressions = re.findall(r"\{\{(.*?)\}\}", text, re.S) + ([text] if key in CONDITIONS else [])
            for expression in expressions:
                for match in OWNED.finditer(expression):
                    found.add(match.group(0))
    return found


def foreign(names, own):
    """Those that belong to a role, but not to this one, and that it does not hand on."""
    wrong = []
    for name in names:
        underscores, role, rest = OWNED.fullmatch(name).groups()
        if role != own and (underscores or rest != "result") and name not in ALSO:
            wrong.append(name)
    return sorted(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_of_others_their_results_only(role):
    for path in sorted((TOP / "roles" / role).rglob("*.yml")):
        assert foreign(read_by(path), role) == [], path


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_a_playbook_reads_results_only(path):
    assert foreign(read_by(path), "") == []


def test_no_plugin_reads_what_is_private_to_a_role():
    private = re.compile(r"\b__(%s)_\w+" % "|".join(ROLES))
    for path in sorted((TOP / "plugins").rglob("*.py")):
        assert not private.search(path.read_text(encoding="utf-8")), path


def test_variables_of_all_hosts_are_read_by_actions_only():
    texts = [path.read_text(encoding="utf-8") for path in [*PLAYBOOKS, *(TOP / "roles").rglob("*.yml")]]
    figures = yaml_figures(texts)
    assert figures["hostvars elsewhere"] == 0
    long = sum(figures[name] for name in figures if "over" in name)
    assert long <= 10, "templates that nobody can read at once"


def test_filters_are_those_that_your_own_playbooks_would_call():
    assert sorted(path.stem for path in (TOP / "plugins/filter").glob("*.py")) == FILTERS
