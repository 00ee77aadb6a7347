"""The table of Docker's settings, against what dockerd itself knows."""

import pathlib

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import ALLOW, BLOCKER, LEVELS
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_settings
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    BOOL,
    Context,
    Reported,
    shown,
)

LINES = (pathlib.Path(__file__).parent / "dockerd_settings.txt").read_text().splitlines()
KNOWN = [line.split() for line in LINES if not line.startswith("#")]
REPORTED = [row for row in docker_settings.ROWS if isinstance(row.outcome, Reported)]


@pytest.mark.parametrize("flag", [words[1:] for words in KNOWN if words[0] == "flag"], ids=" ".join)
def test_every_flag_of_dockerd_has_a_row(flag):
    name, kind, short = flag
    row = docker_settings.by_flag()["--" + name]
    assert (row.kind == BOOL) == (kind == "bool")
    assert short == "-" or docker_settings.by_flag()["-" + short] is row


@pytest.mark.parametrize("key", [words[1] for words in KNOWN if words[0] == "key"])
def test_every_key_of_daemon_json_has_a_row(key):
    assert key in docker_settings.known_keys()


def test_no_two_rows_have_the_same_name():
    for names in (
        [row.name for row in docker_settings.ROWS],
        [key for row in docker_settings.ROWS for key in row.keys],
        [flag for row in docker_settings.ROWS for flag in row.flags],
        [row.short for row in docker_settings.ROWS if row.short],
        [variable for row in docker_settings.ROWS for variable in row.all_variables()],
    ):
        assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_nothing_in_the_table_is_unknown_to_dockerd():
    """A row that no Docker has would hide a setting that one may have some day."""
    flags = {words[1] for words in KNOWN if words[0] == "flag"}
    keys = {words[1] for words in KNOWN if words[0] == "key"}
    assert {flag for row in docker_settings.ROWS for flag in row.flags} == flags
    assert {key for row in docker_settings.ROWS for key in row.keys} <= keys


@pytest.mark.parametrize("row", REPORTED, ids=lambda row: row.name)
def test_every_row_that_is_reported_is_whole(row):
    outcome = row.outcome
    assert outcome.level in LEVELS and outcome.token.startswith("CRI-PF-")
    # A blocker has an exception, which is known; nothing else has one.
    assert (outcome.level == BLOCKER) == (outcome.allow in ALLOW)
    words = dict.fromkeys(("value", "title", "unit", "store", "registries", "certificates"), "x")
    assert "%" not in outcome.message % words and "%" not in outcome.remedy % words


def test_every_blocker_has_an_exception_of_its_own():
    tokens = {}
    for row in REPORTED:
        if row.outcome.allow:
            tokens.setdefault(row.outcome.allow, set()).add(row.outcome.token)
    assert all(len(found) == 1 for found in tokens.values()), tokens
    assert not {"daemon-settings", "docker-environment"} & set(tokens)  # those of what no row has


@pytest.mark.parametrize("row", docker_settings.ROWS, ids=lambda row: row.name)
def test_a_default_concerns_nobody(row):
    values = [None, False, "", [], {}] + row.defaults
    assert [row.concerns(value, Context({})) for value in values] == [[]] * len(values)


def test_row_by_name():
    assert docker_settings.row("graph") is None and docker_settings.row("data-root").name == "data-root"


@pytest.mark.parametrize(
    "value, text", [("a", "a"), (["b", "a"], "b, a"), ({"b": 1, "a": 2}, "a, b"), (list("abcdefghij"), "2 more")]
)
def test_values_in_sentences(value, text):
    assert shown(value).endswith(text)
