# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, and a revert that outlives its terminal."""

import io
import json
import os
import sys

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.cli import main, parse
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import REVERT_UNIT
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import ARGS, build, run

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize(
    "argv, wanted",
    [
        (["status"], {"json": False}),
        (["status", "--json"], {"json": True}),
        (["start"], None),
        (["bogus"], None),
        ([], None),
        (["confirm", "--run-id", "x", "--json"], {"run_id": "x"}),
        (["revert", "--run-id"], None),
        (["revert", "--run-id", "x", "--watchdog"], {"watchdog": True, "run_id": "x"}),
        (["finalize", "--everything"], None),
    ],
)
def test_command_line(argv, wanted):
    parsed = parse(argv)
    assert (parsed is None) if wanted is None else all(parsed[key] == value for key, value in wanted.items())


@pytest.mark.parametrize("at_terminal", [True, False])
def test_a_revert_asked_for_at_a_terminal_outlives_it(tmp_path, monkeypatch, capsys, at_terminal):
    node, store, plan = build(tmp_path)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    stdin = io.StringIO()
    stdin.isatty = lambda: at_terminal
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(os, "umask", lambda mask: None)  # it would stay, for the tests that follow
    del node.calls[:]
    assert main(["revert"], node) == 0
    answer = json.loads(capsys.readouterr().out)
    begun = [call for call in node.calls if "--unit=" + REVERT_UNIT in call]
    if at_terminal:
        assert (answer["started"], answer["follow"]) == (True, "cri-switchover status")
        assert "--detach" not in begun[0], "the unit does it itself"
        assert store.load("journal.json")["phase"] == "confirmed", "here nothing was done"
    else:
        assert not begun and answer["phase"] == "reverted"
