# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watchdog: when it expires, what it reverts, and what it leaves alone."""

import contextlib
import os
import re

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands, machine
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import WATCHDOG
from ansible_collections.cri.switchover.plugins.module_utils._engine.recovery import RECOVERY_PATH
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    ARGS,
    build,
    put,
    run,
    turn_back,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_a_late_watchdog_leaves_a_broken_node_what_its_next_boot_needs(tmp_path, monkeypatch):
    node, store, plan = build(tmp_path)
    turn_back(node, store)

    @contextlib.contextmanager
    def late(wait=0):
        """It waits for another's revert, which fails."""
        machine.Engine(node, store, plan, store.journal()).revert_has_failed(Failure("CRI-TEST", "no"))
        yield

    monkeypatch.setattr(store, "lock", late)
    assert commands.do_revert(node, store, dict(ARGS, watchdog=True))[1]["phase"] == "revert_failed"
    assert os.path.exists(node.path(RECOVERY_PATH))


@pytest.mark.parametrize("contained", [False, True])
def test_the_watchdog_counts_from_the_boot(tmp_path, contained):
    node, store, plan = build(tmp_path)
    if contained:
        put(node, "/run/systemd/container", b"lxc\n")
    run(node, store)
    call = next(call for call in node.calls if "--unit=" + WATCHDOG in call)
    times = dict(re.match(r"--on-(\w+)=(\d+)", word).groups() for word in call if word.startswith("--on-"))
    if contained:
        assert times == {"active": "600"}
    else:
        assert times["active"] == "660"
        assert 0 <= int(times["boot"]) - store.load("journal.json")["deadline"] <= 1


def test_confirm_too_late_is_refused_and_the_watchdog_finds_its_run(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    journal = store.load("journal.json")
    journal["deadline"] = 0
    store.save("journal.json", journal)
    code, answer = commands.do_confirm(node, store, ARGS)
    assert (code, answer["reason"]) == (2, "CRI-CONFIRM-LATE")
    assert commands.do_revert(node, store, dict(ARGS, watchdog=True))[1]["reason"] == "CRI-CUTOVER-WATCHDOG"
    assert commands.do_revert(node, store, dict(ARGS, watchdog=True))[1]["changed"] is False


def test_the_watchdog_leaves_a_confirmed_node_alone(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    assert commands.do_revert(node, store, dict(ARGS, watchdog=True))[1]["phase"] == "confirmed"
