# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing goes wrong: switched, confirmed, finalized, and then reverted or forgotten."""

import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.forget import do_forget
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import BOOT_MARK, FACT, RECOVERY_UNIT, STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.recovery import RECOVERY_PATH
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    AFTER,
    ARGS,
    SWITCH,
    build,
    reverted,
    run,
    tree,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_the_whole_way(tmp_path):
    node, store, plan = build(tmp_path)
    code, answer = run(node, store)
    assert (code, answer["phase"], answer["step"]) == (0, "switched", None), answer
    assert [step["name"] for step in answer["steps"]] == SWITCH
    for path, (_group, data) in AFTER.items():
        assert (node.read(path) if data is not None else os.path.exists(node.path(path))) == (data or False)
    assert node.read("/proc/sys/net/ipv4/ip_forward") == b"1"
    assert not os.listdir(node.path("/var/lib/cni/cache/results")), "the sandbox's address is released"
    assert node.states["containerd.service"] == ["active", "enabled"]
    code, answer = commands.do_confirm(node, store, ARGS)
    assert (code, answer["phase"], answer["changed"]) == (0, "confirmed", True)
    assert not os.path.exists(node.path(RECOVERY_PATH)) and not os.path.exists(node.path(BOOT_MARK))
    assert commands.do_confirm(node, store, ARGS)[1]["changed"] is False
    code, answer = commands.do_finalize(node, store, ARGS)
    assert (code, answer["phase"]) == (0, "finalized")
    assert ["systemctl", "disable", "--now", "docker.socket", "docker.service"] in node.calls
    fact = json.loads(node.read(FACT).decode())
    assert fact["phase"] == "finalized" and fact["run_id"] == "r1"
    assert oct(os.stat(node.path(FACT)).st_mode)[-3:] == "644"


def test_units_are_asked_after_in_the_right_order(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    words = [" ".join(call) for call in node.calls]
    order = [
        "systemd-run --quiet --collect --unit=cri-switchover-watchdog",
        "systemctl stop kubelet",
        "systemctl restart containerd",
        "/usr/bin/crictl",
        "systemctl restart kubelet",
    ]
    places = [next(i for i, word in enumerate(words) if word.startswith(start)) for start in order]
    assert places == sorted(places)


def test_a_confirmed_and_finalized_node_can_be_reverted(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    commands.do_finalize(node, store, ARGS)
    node.states["docker.service"][:] = node.states["docker.socket"][:] = ["inactive", "disabled"]
    code, answer = commands.do_revert(node, store, ARGS)
    assert code == 0
    reverted(node, store, before)


def test_nothing_of_the_tool_is_left_when_it_is_forgotten(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    assert do_forget(node, store, ARGS)[1]["reason"] == "CRI-FORGET-PHASE"
    commands.do_confirm(node, store, ARGS)
    commands.do_finalize(node, store, ARGS)
    assert do_forget(node, store, ARGS) == (0, {"changed": True})
    assert not os.path.exists(node.path(STATE)) and not os.path.exists(node.path(FACT))


def test_kubelet_counts_as_required_until_systemd_has_read_that_it_is_not(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    node.systemd = lambda words, real=node.systemd: (1, "", "") if words[0] == "daemon-reload" else real(words)
    commands.do_confirm(node, store, ARGS)
    assert ["systemctl", "stop", RECOVERY_UNIT] not in node.calls
