# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk is full: the revert has space of its own, or does not begin."""

import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import RESERVE
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    ARGS,
    build,
    reverted,
    run,
    tree,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_a_full_disk_lets_the_journal_be_written_for_the_revert(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    store.reserve()
    write, full = node.write, []

    def write_on_a_full_disk(path, data, **kwargs):
        if path.endswith("journal.json") and b"write_target" in data:
            full.append(path)
            if os.path.exists(node.path(RESERVE)):
                raise OSError(28, "No space left on device")
        write(path, data, **kwargs)

    node.write = write_on_a_full_disk
    code, answer = run(node, store)
    assert full and (code, answer["reason"]) == (1, "CRI-CUTOVER-JOURNAL")
    reverted(node, store, before)


def test_space_for_the_revert_of_a_finalized_node_is_reserved_before_it_begins(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    assert not os.path.exists(node.path(RESERVE))
    write, full = node.write, [True]

    def write_on_a_full_disk(path, data, **kwargs):
        if path == RESERVE and full:
            raise OSError(28, "No space left on device")
        write(path, data, **kwargs)

    node.write = write_on_a_full_disk
    del node.calls[:]
    with pytest.raises(Failure) as caught:
        commands.do_revert(node, store, ARGS)
    assert caught.value.reason == "CRI-CUTOVER-DISK-FULL"
    assert store.load("journal.json")["phase"] == "confirmed"
    assert not [call for call in node.calls if "stop" in call]
    full.clear()
    assert commands.do_revert(node, store, ARGS)[1]["phase"] == "reverted"
    assert not os.path.exists(node.path(RESERVE))
