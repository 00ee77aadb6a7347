# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wherever the engine stops, the node is on the target or as it was."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands, switch_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    ARGS,
    SWITCH,
    PowerCut,
    after_boot,
    build,
    reverted,
    run,
    tree,
)

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize("name", [name for name in SWITCH])
def test_a_step_that_fails_reverts_the_node(tmp_path, monkeypatch, name):
    node, store, plan = build(tmp_path)
    before = tree(node)

    def failing(engine):
        next(step for step, _seconds in real if step.__name__ == name)(engine)
        raise Failure("CRI-TEST", "after all of it")

    failing.__name__ = name
    real = switch_steps.SWITCH
    monkeypatch.setattr(
        switch_steps, "SWITCH", [(failing if step.__name__ == name else step, seconds) for step, seconds in real]
    )
    code, answer = run(node, store)
    assert (code, answer["reason"]) == (1, "CRI-TEST")
    journal = reverted(node, store, before)
    disturbed = SWITCH.index(name) >= SWITCH.index("stop_kubelet")
    assert any(call[:3] == ["systemctl", "stop", "kubelet.service"] for call in node.calls) is disturbed
    assert [step["outcome"] for step in journal["steps"] if step["name"] == name] == ["failed"]


def power_cuts(tmp_path_factory):
    node, store, _plan = build(tmp_path_factory)
    run(node, store)
    return node.writes


@pytest.mark.parametrize("reboot", [True, False], ids=["boot", "watchdog"])
def test_wherever_it_is_interrupted_the_node_is_reverted(tmp_path, reboot):
    """Before each single write and command: the engine dies, then recovery at boot, or the watchdog, does its work."""
    (tmp_path / "count").mkdir()
    total = power_cuts(tmp_path / "count")
    assert total > 30
    switched = 0
    for point in range(1, total + 1):
        root = tmp_path / str(point)
        root.mkdir()
        node, store, plan = build(root)
        before = tree(node)
        node.cut_at = point
        try:
            run(node, store)
        except PowerCut:
            pass
        node.cut_at = None
        journal = store.load("journal.json")
        if reboot:
            node.reboot()
            code, answer = commands.do_recover(node, store, ARGS)
            if journal["phase"] == "switched":
                switched += 1
                assert store.load("journal.json")["boot_id"] == "boot-2", "its watchdog runs again"
                continue
            if journal["phase"] == "staged":
                assert tree(node) == before
                continue
            after_boot(node, store)
            reverted(node, store, before)
        else:
            code, answer = commands.do_revert(node, store, dict(ARGS, watchdog=True))
            if journal["phase"] == "staged":
                assert tree(node) == before
                continue
            reverted(node, store, before)
        assert code == 0, (point, answer)
    assert switched <= 3


def test_a_revert_that_is_interrupted_is_done_again(tmp_path):
    (tmp_path / "count").mkdir()
    node, store, _plan = build(tmp_path / "count")
    run(node, store)
    forward = node.writes
    commands.do_revert(node, store, ARGS)
    for point in range(forward + 1, node.writes + 1):
        root = tmp_path / str(point)
        root.mkdir()
        node_, store_, _plan = build(root)
        before = tree(node_)
        run(node_, store_)
        node_.cut_at = point
        with pytest.raises(PowerCut):
            commands.do_revert(node_, store_, ARGS)
        phase = store_.load("journal.json")["phase"]
        node_.reboot()
        code, answer = commands.do_recover(node_, store_, ARGS)
        assert code == 0
        if phase == "switched":
            commands.do_revert(node_, store_, dict(ARGS, watchdog=True))
        else:
            after_boot(node_, store_)
        reverted(node_, store_, before)


def test_a_killed_engine_reverts_when_it_is_started_again(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    node.cut_at = 24
    with pytest.raises(PowerCut):
        run(node, store)
    node.cut_at = None
    code, answer = run(node, store)
    assert (code, answer["reason"]) == (1, "CRI-CUTOVER-KILLED")
    reverted(node, store, before)
