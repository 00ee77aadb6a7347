# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch with a reboot in it, on a machine whose loader has an entry for once: wherever it stops, it comes back."""

import importlib.util
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands, switch_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.boot import cgroup_version
from ansible_collections.cri.switchover.plugins.module_utils._engine.cli import parse
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import (
    ENGINE_UNIT,
    REVERT_UNIT,
    STATE,
    WATCHDOG,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.views import human_readable

_spec = importlib.util.spec_from_file_location("engine_node", os.path.join(os.path.dirname(__file__), "engine_node.py"))
engine_node = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(engine_node)
PowerCut = engine_node.PowerCut

ARGS = parse(["run", "--run-id", "r1", "--json"])
SWITCH = [step.__name__ for step, _seconds in switch_steps.SWITCH]
ENTRY, DEFAULT = "/etc/boot/custom.cfg", "/etc/default/grub"
OLD, NEW = b"ARGS=v1\n", b"ARGS=v2\n"
CONTROLLERS = "/sys/fs/cgroup/cgroup.controllers"


class BootNode(engine_node.LabNode):
    """`once` names the entry of the next boot, `mkconfig` makes the default of its file, `undo` forgets `once`."""

    def __init__(self, root):
        super().__init__(root)
        self.once, self.default, self.boots = False, OLD, 1
        self.comes_up_old = False
        self.restarting = False

    def run(self, argv, timeout=30, check=True, data=None, env=None):
        answer = super().run(argv, timeout, check, data, env)
        if argv[:2] == ["systemctl", "reboot"]:
            self.restarting = True
            if "--no-block" not in argv:
                raise PowerCut
        if argv[0] in ("once", "undo"):
            self.once = argv[0] == "once"
        if argv[0] == "mkconfig":
            self.default = self.read(DEFAULT)
        return answer

    def boot_up(self):
        new = self.default == NEW or (self.once and os.path.exists(self.path(ENTRY)))
        self.once = self.restarting = False
        self.set_cgroup(2 if new and not self.comes_up_old else 1)
        self.reboot()
        self.boots += 1
        self.boot = "boot-%d" % self.boots
        self.calls = []

    def set_cgroup(self, version):
        if version == 2:
            engine_node.put(self, CONTROLLERS, b"cpu memory\n")
        else:
            self.forget(self.path(CONTROLLERS))

    def start_units(self):
        for _name, state in self.states.items():
            if state[1] == "enabled":
                state[0] = "active"

    def asked_for(self, unit):
        return any("--unit=" + unit in call for call in self.calls)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    engine_node.quick(monkeypatch)


def item(path, group, data, before):
    me = str(os.getuid())
    return {
        "path": path,
        "group": group,
        "change": "write",
        "staged": STATE + "/staged" + path,
        "sha256": engine_node.digest(data),
        "mode": "0644",
        "owner": me,
        "group_name": me,
        "before": {"exists": before is not None, "sha256": engine_node.digest(before)},
    }


def build(root, monkeypatch):
    monkeypatch.setattr(engine_node, "LabNode", BootNode)
    node, store, plan = engine_node.build(root)
    engine_node.put(node, DEFAULT, OLD)
    os.chmod(node.path(DEFAULT), 0o644)
    for path, data in ((ENTRY, NEW), (DEFAULT, NEW)):
        engine_node.put(node, STATE + "/staged" + path, data)
    plan["files"] += [item(ENTRY, "boot", NEW, None), item(DEFAULT, "permanent", NEW, OLD)]
    plan["boot"] = {
        "cgroup": 2,
        "once": [["once"]],
        "permanent": [["mkconfig"]],
        "undo": [["undo"]],
        "undo_permanent": [["mkconfig"]],
    }
    store.save("plan.json", plan)
    node.writes = 0
    return node, store, engine_node.tree(node)


def run(node, store):
    """As a machine does it: until nobody reboots any more, and units have done what they were started for."""
    try:
        commands.do_run(node, store, ARGS)
    except PowerCut:
        pass
    live_on(node, store)


def live_on(node, store):
    for _boot in range(4):
        if not node.restarting and node.cut_at is None:
            return
        node.cut_at = None
        node.boot_up()
        try:
            code, _answer = commands.do_recover(node, store, ARGS)
            if node.restarting:
                continue
            assert code == 0
            node.start_units()
            phase = store.load("journal.json")["phase"]
            if node.asked_for(ENGINE_UNIT):
                assert node.states["kubelet.service"][0] != "active", "nobody may start it in an unverified boot"
                commands.do_run(node, store, ARGS)
            elif node.asked_for(REVERT_UNIT):
                commands.do_revert(node, store, dict(ARGS, force=True))
            else:
                assert phase in ("staged", "switched", "confirmed", "reverted"), phase
        except PowerCut:
            pass
    raise AssertionError("it reboots for ever")


def is_back(node, store, before):
    assert store.load("journal.json")["phase"] == "reverted", human_readable(store.load("journal.json"))
    assert engine_node.tree(node) == before
    assert cgroup_version(node) == 1 and node.default == OLD and not node.once
    wanted = {"kubelet.service": "enabled", "docker.service": "enabled", "containerd.service": "disabled"}
    assert {name: node.states[name][1] for name in wanted} == wanted
    assert node.states["kubelet.service"][0] == node.states["docker.service"][0] == "active"


def test_the_way_with_a_reboot_in_it(tmp_path, monkeypatch):
    node, store, _before = build(tmp_path, monkeypatch)
    run(node, store)
    journal = store.load("journal.json")
    assert journal["phase"] == "switched" and [step["name"] for step in journal["steps"]] == SWITCH
    assert (node.boots, cgroup_version(node), node.states["kubelet.service"]) == (2, 2, ["active", "enabled"])
    assert journal["boot_id"] == "boot-2" and node.default == OLD, "any further reset is back on the old entry"
    assert node.asked_for(WATCHDOG), "the watchdog counts from the boot"
    code, answer = commands.do_confirm(node, store, ARGS)
    assert (code, answer["phase"], node.default) == (0, "confirmed", NEW)
    assert not os.path.exists(node.path(ENTRY)) and node.read(DEFAULT) == NEW


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_revert_from_there_boots_once_more(tmp_path, monkeypatch, confirmed):
    node, store, before = build(tmp_path, monkeypatch)
    run(node, store)
    if confirmed:
        commands.do_confirm(node, store, ARGS)
    with pytest.raises(PowerCut):
        commands.do_revert(node, store, dict(ARGS, watchdog=not confirmed))
    live_on(node, store)
    is_back(node, store, before)
    assert node.boots == 3


@pytest.mark.parametrize("boots", [True, False])
def test_kubelets_state_of_a_memory_that_a_boot_changes_goes_both_ways(tmp_path, monkeypatch, boots):
    node, store, _before = build(tmp_path, monkeypatch)
    plan = store.load("plan.json")
    if not boots:
        plan["boot"], plan["files"] = None, [file for file in plan["files"] if file["group"] in ("target", "kubelet")]
        store.save("plan.json", plan)
    state = plan["kubelet"]["root_dir"] + "/memory_manager_state"
    engine_node.put(node, state, b"v1")
    run(node, store)
    assert os.path.exists(node.path(state)) is not boots
    engine_node.put(node, state, b"v2")
    try:
        commands.do_revert(node, store, dict(ARGS, watchdog=True))
    except PowerCut:
        live_on(node, store)
    assert store.load("journal.json")["phase"] == "reverted" and os.path.exists(node.path(state)) is not boots


def test_a_node_that_comes_up_on_the_old_version_is_reverted(tmp_path, monkeypatch):
    node, store, before = build(tmp_path, monkeypatch)
    node.comes_up_old = True
    run(node, store)
    journal = store.load("journal.json")
    is_back(node, store, before)
    assert journal["reason"] == "CRI-CUTOVER-CGROUP" and "cgroup v1" in journal["error"] and node.boots == 2


def test_a_target_that_does_not_work_there_is_reverted(tmp_path, monkeypatch):
    node, store, before = build(tmp_path, monkeypatch)
    asked = node.cri

    def refuse(words):
        if words[0] == "run" and cgroup_version(node) == 2:
            raise Failure("CRI-CRICTL-FAILED", "no")
        return asked(words)

    node.cri = refuse
    run(node, store)
    is_back(node, store, before)
    assert node.boots == 3 and store.load("journal.json")["reason"] == "CRI-SMOKE"


def test_a_boot_that_cannot_be_made_permanent_is_not_confirmed(tmp_path, monkeypatch):
    node, store, before = build(tmp_path, monkeypatch)
    run(node, store)
    node.broken = {"mkconfig": "no space"}
    with pytest.raises(Failure, match="no space"):
        commands.do_confirm(node, store, ARGS)
    assert store.load("journal.json")["phase"] == "switched"
    node.broken = {}
    with pytest.raises(PowerCut):
        commands.do_revert(node, store, dict(ARGS, watchdog=True))
    live_on(node, store)
    is_back(node, store, before)


def test_one_that_stays_on_the_new_version_starts_docker_there(tmp_path, monkeypatch):
    """A boot loader that ignores its settings: two reboots, and no third."""
    node, store, _before = build(tmp_path, monkeypatch)
    run(node, store)
    node.default, undo = NEW, node.run
    node.run = lambda argv, *args, **kwargs: undo(argv, *args, **kwargs) if argv[0] != "undo" else (0, "", "")
    with pytest.raises(PowerCut):
        commands.do_revert(node, store, dict(ARGS, watchdog=True))
    live_on(node, store)
    assert store.load("journal.json")["phase"] == "reverted" and cgroup_version(node) == 2 and node.boots == 3


def test_wherever_it_loses_power_it_is_reverted_or_continues(tmp_path, monkeypatch):
    """Before each write and command: on the target, verified in its own boot, or on Docker in the old one."""
    (tmp_path / "count").mkdir()
    node, store, _before = build(tmp_path / "count", monkeypatch)
    run(node, store)
    phases = []
    for point in range(1, node.writes + 1):
        root = tmp_path / str(point)
        root.mkdir()
        node_, store_, before = build(root, monkeypatch)
        node_.cut_at = point
        # The second power cut comes in the boot that was asked for: the count goes on there.
        try:
            commands.do_run(node_, store_, ARGS)
        except PowerCut:
            if node_.writes < point:
                node_.boot_up()
                node_.cut_at = point
                try:
                    assert commands.do_recover(node_, store_, ARGS)[0] == 0
                    node_.start_units()
                    commands.do_run(node_, store_, ARGS)
                except PowerCut:
                    pass
        node_.restarting = True
        live_on(node_, store_)
        phases.append(store_.load("journal.json")["phase"])
        if phases[-1] == "reverted":
            is_back(node_, store_, before)
        elif phases[-1] == "staged":
            assert engine_node.tree(node_) == before
        else:
            # A power cut in the place of the reboot is one.
            assert phases[-1] == "switched" and cgroup_version(node_) == 2, (point, phases[-1])
    assert phases.count("reverted") > 40 and phases.count("switched") <= 2
