# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a boot does after a power cut, before anything runs."""

import os
import re

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands, machine, revert_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import Journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import WATCHDOG
from ansible_collections.cri.switchover.plugins.module_utils._engine.recovery import RECOVERY_TEXT
from ansible_collections.cri.switchover.plugins.module_utils._engine.revert_plan import revert_names
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    AFTER,
    ARGS,
    SWITCH,
    PowerCut,
    after_boot,
    build,
    reverted,
    run,
    tree,
    turn_back,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_at_boot_the_operator_may_have_it_finished(tmp_path):
    node, store, plan = build(tmp_path)
    store.save("plan.json", dict(plan, watch={"watchdog_s": 600, "on_reboot": "finish"}))

    def fail(*words):
        raise PowerCut

    node.cri = fail
    with pytest.raises(PowerCut):
        run(node, store)
    node.reboot()
    node.states["containerd.service"][1] = "disabled"
    code, answer = commands.do_recover(node, store, ARGS)
    assert (code, answer["phase"]) == (0, "switched") and store.load("journal.json")["boot_id"] == "boot-2"
    for path, (_group, data) in AFTER.items():
        assert (node.read(path) if data is not None else os.path.exists(node.path(path))) == (data or False)
    assert any("--unit=" + WATCHDOG in call and "--no-block" in call for call in node.calls)
    assert ["systemctl", "start", "--no-block", "containerd.service"] in node.calls, "this boot was planned without it"


def test_a_boot_is_another_try_for_a_broken_node(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    journal = turn_back(node, store)
    machine.Engine(node, store, plan, journal).revert_has_failed(Failure("CRI-TEST", "no"))
    node.broken = {"daemon-reload": "no"}
    node.reboot()
    assert commands.do_recover(node, store, ARGS)[0] == 1, "kubelet, which requires this, must not start"
    assert store.load("journal.json")["phase"] == "revert_failed"
    node.broken, node.docker_runs = {}, True
    node.reboot()
    assert commands.do_recover(node, store, ARGS)[0] == 0
    after_boot(node, store)
    assert reverted(node, store, before)["came_from"] == "switched"


def test_at_boot_a_step_that_fails_once_is_tried_again(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    turn_back(node, store)
    node.reboot()
    real, failed = node.systemd, []

    def systemd(words):
        if words[0] == "daemon-reload" and not failed:
            failed.append(words)
            raise Failure("CRI-TEST", "once")
        return real(words)

    node.systemd = systemd
    assert commands.do_recover(node, store, ARGS)[0] == 0 and failed
    after_boot(node, store)
    reverted(node, store, before)


def test_recovery_at_boot_has_the_time_that_its_steps_may_take():
    wanted = revert_names(Journal(steps=[{"name": name} for name in SWITCH]), boot=True) + ["revert_loader"]
    longest = sum(seconds for step, seconds in revert_steps.REVERT if step.__name__ in wanted)
    allowed = int(re.search(r"TimeoutStartSec=(\d+)", RECOVERY_TEXT).group(1))
    assert longest + machine.TRY_AGAIN_UNTIL < allowed
