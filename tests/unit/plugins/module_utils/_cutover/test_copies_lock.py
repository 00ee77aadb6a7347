# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Staged copies may be written only while no switch is under way, and no switch begins meanwhile."""

import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._cutover import copies_lock as core
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.store import Store

ROOT = STATE + "/staged"


@pytest.fixture
def node(tmp_path, monkeypatch):
    monkeypatch.setattr(core, "WAIT", 0)
    made = Node(str(tmp_path))
    os.makedirs(made.path(STATE))
    return made


def journal(node, phase):
    with open(node.path(STATE + "/journal.json"), "w") as stream:
        stream.write('{"schema": 1, "run_id": "r1", "owner": "ci", "phase": "%s"}' % phase)


@pytest.mark.parametrize("phase", [None, "staged", "confirmed", "finalized", "reverted"])
def test_a_node_at_rest_is_locked_meanwhile(node, phase):
    if phase:
        journal(node, phase)
    with core.copies_lock(node, ROOT):
        with pytest.raises(Failure) as caught, Store(node).lock():
            pass
    assert caught.value.reason == "CRI-CUTOVER-LOCKED"
    with Store(node).lock():
        pass


@pytest.mark.parametrize("phase", ["switching", "switched", "reverting", "revert_blocked", "revert_failed"])
def test_a_switch_that_is_under_way_keeps_its_copies(node, phase):
    journal(node, phase)
    with pytest.raises(Failure) as caught, core.copies_lock(node, ROOT):
        raise AssertionError("not entered")
    assert caught.value.reason == "CRI-CUTOVER-UNFINISHED" and "r1" in str(caught.value)
    with core.copies_lock(node, "/elsewhere"):
        pass


def test_an_engine_at_work_is_not_disturbed(node):
    with Store(node).lock(), pytest.raises(Failure) as caught, core.copies_lock(node, ROOT):
        raise AssertionError("not entered")
    assert caught.value.reason == "CRI-CUTOVER-LOCKED"
