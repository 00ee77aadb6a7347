# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works on a node is alone there: the lock of a rollout, and the one of each command."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.forget import do_forget
from ansible_collections.cri.switchover.plugins.module_utils._engine.node_lock import refuse_node_lock
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import ARGS, build, run

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize(
    "lock, by_run, now, refused",
    [
        (None, "t1", 5, False),
        ({"run_id": "t1", "owner": "ann", "until": 90}, "t1", 5, False),
        ({"run_id": "t2", "owner": "ann", "until": 90}, "t1", 5, True),
        ({"run_id": "t2", "owner": "ann", "until": 90}, None, 89.9, True),
        ({"run_id": "t2", "owner": "ann", "until": 90}, "t1", 90, False),
    ],
)
def test_one_rollout_at_a_time(lock, by_run, now, refused):
    answer = refuse_node_lock(lock, by_run, now)
    assert bool(answer) is refused
    if refused:
        assert answer[0] == "CRI-CUTOVER-BUSY" and "ann" in answer[1] and answer[2]["seconds_left"] == int(90 - now) + 1


def test_who_works_on_the_node_is_alone_there(tmp_path):
    node, store, plan = build(tmp_path)
    ann, bob = dict(ARGS, by_run="t1", owner="ann"), dict(ARGS, by_run="t2", owner="bob")
    assert commands.do_lock(node, store, ann)[1]["locked"] is True
    refused = (
        commands.do_start,
        commands.do_confirm,
        commands.do_revert,
        commands.do_finalize,
        commands.do_lock,
        do_forget,
    )
    for command in refused:
        code, answer = command(node, store, bob)
        assert (code, answer["reason"], answer["details"]["held_by"]) == (2, "CRI-CUTOVER-BUSY", "ann"), command
    assert commands.do_status(node, store, ARGS)[1]["lock"]["owner"] == "ann"
    assert commands.do_start(node, store, ann)[1] == {"started": True}
    commands.do_lock(node, store, dict(ann, seconds=0))
    assert commands.do_lock(node, store, bob)[1]["locked"] is True
    assert commands.do_revert(node, store, dict(ARGS, force=True))[0] == 0


def test_one_lock_for_all(tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "BEGIN_PATIENCE", 0)
    node, store, plan = build(tmp_path)
    with store.lock():
        with pytest.raises(Failure) as caught:
            run(node, store)
    assert caught.value.reason == "CRI-CUTOVER-LOCKED"
