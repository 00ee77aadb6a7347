# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on real files below a directory: wherever it stops, the node is on the target or as it was."""

import base64
import contextlib
import glob
import importlib.util
import io
import json
import os
import re
import socket
import sys
import time

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import (
    commands,
    docker,
    machine,
    revert_steps,
    switch_steps,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.cli import main, parse
from ansible_collections.cri.switchover.plugins.module_utils._engine.cni import is_netns
from ansible_collections.cri.switchover.plugins.module_utils._engine.cri import Cri
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.forget import do_forget
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import Journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import (
    BOOT_MARK,
    FACT,
    RECOVERY_UNIT,
    RESERVE,
    REVERT_UNIT,
    STATE,
    WATCHDOG,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.recovery import RECOVERY_PATH, RECOVERY_TEXT
from ansible_collections.cri.switchover.plugins.module_utils._engine.revert_plan import revert_names
from ansible_collections.cri.switchover.plugins.module_utils._engine.systemd import unit_commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.work import Work

_spec = importlib.util.spec_from_file_location("engine_node", os.path.join(os.path.dirname(__file__), "engine_node.py"))
engine_node = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(engine_node)
build, tree, PowerCut = engine_node.build, engine_node.tree, engine_node.PowerCut

ARGS = parse(["run", "--run-id", "r1", "--json"])
SWITCH = [step.__name__ for step, _seconds in switch_steps.switch_steps_of({})]
BEFORE_UNITS = {
    "kubelet.service": ["active", "enabled"],
    "docker.service": ["active", "enabled"],
    "docker.socket": ["active", "enabled"],
    "containerd.service": ["active", "disabled"],
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    engine_node.quick(monkeypatch)
    monkeypatch.setattr(machine, "TRY_AGAIN", (0, 0, None))


def run(node, store):
    return commands.do_run(node, store, ARGS)


def test_the_whole_way(tmp_path):
    node, store, plan = build(tmp_path)
    code, answer = run(node, store)
    assert (code, answer["phase"], answer["step"]) == (0, "switched", None), answer
    assert [step["name"] for step in answer["steps"]] == SWITCH
    for path, (_group, data) in engine_node.AFTER.items():
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


def reverted(node, store, before, units=True):
    journal = store.journal()
    assert journal["phase"] == "reverted", journal["error"]
    assert tree(node) == before
    if units:
        assert node.states == BEFORE_UNITS
    assert not node.smoke
    if journal.ended_well("revert_runtimes"):
        assert node.policies == {"iptables": "DROP"}
    assert not os.path.exists(node.path(RECOVERY_PATH))
    return journal


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


def after_boot(node, store):
    """Units start as the disk says; then the unit that recovery has begun does its work."""
    handed_over = any("--unit=" + REVERT_UNIT in call for call in node.calls)
    assert handed_over or store.load("journal.json")["phase"] == "reverted"
    for state in node.states.values():
        state[0] = "active"
    code, answer = commands.do_revert(node, store, dict(ARGS, force=True))
    assert code == 0, answer


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


def test_a_node_whose_docker_is_dead_stays_where_it_works(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    after = tree(node)
    node.docker_runs = False
    code, answer = commands.do_revert(node, store, dict(ARGS, watchdog=True))
    assert (code, answer["phase"], answer["reason"]) == (1, "revert_blocked", "CRI-REVERT-SOURCE")
    assert not any(call[:3] == ["systemctl", "stop", "kubelet.service"] for call in node.calls[-20:])
    assert node.states["kubelet.service"][0] == "active"
    kept = dict((path, what) for path, what in after.items() if "recover" not in path and "requires" not in path)
    assert tree(node) == kept
    # fixed: reverted after all; or accepted as it is
    node.docker_runs = True
    assert commands.do_revert(node, store, ARGS)[1]["phase"] == "reverted"


def test_a_node_that_stayed_can_be_accepted(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    node.docker_runs = False
    commands.do_revert(node, store, dict(ARGS, watchdog=True))
    assert commands.do_confirm(node, store, ARGS)[1]["phase"] == "confirmed"


def test_docker_dies_after_the_target_is_verified_and_the_switch_is_finished(tmp_path, monkeypatch):
    node, store, plan = build(tmp_path)
    real, failed = switch_steps.SWITCH, []

    def write_kubelet(engine):
        if not failed:
            failed.append(1)
            node.docker_runs = False
            raise Failure("CRI-TEST", "once")
        next(step for step, _seconds in real if step.__name__ == "write_kubelet")(engine)

    monkeypatch.setattr(
        switch_steps,
        "SWITCH",
        [(write_kubelet if step.__name__ == "write_kubelet" else step, seconds) for step, seconds in real],
    )
    code, answer = run(node, store)
    assert (code, answer["phase"]) == (1, "revert_blocked"), answer["error"]
    assert node.read("/var/lib/kubelet/kubeadm-flags.env") == engine_node.AFTER["/var/lib/kubelet/kubeadm-flags.env"][1]


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
    for path, (_group, data) in engine_node.AFTER.items():
        assert (node.read(path) if data is not None else os.path.exists(node.path(path))) == (data or False)
    assert any("--unit=" + WATCHDOG in call and "--no-block" in call for call in node.calls)
    assert ["systemctl", "start", "--no-block", "containerd.service"] in node.calls, "this boot was planned without it"


def turn_back(node, store):
    """Switched, and then as where the revert has just been written down; its journal."""
    run(node, store)
    journal = store.journal()
    journal.move("reverting")
    store.save("journal.json", journal)
    return journal


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


def test_directories_of_others_are_for_others(tmp_path):
    node, store, plan = build(tmp_path)
    old = os.umask(0o077)
    try:
        run(node, store)
    finally:
        os.umask(old)
    commands.do_confirm(node, store, ARGS)
    for name in ("/etc/ansible", "/etc/ansible/facts.d"):
        assert oct(os.stat(node.path(name)).st_mode)[-3:] == "755"


def test_what_others_changed_is_refused_or_kept(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    engine_node.put(node, "/etc/crictl.yaml", b"mine\n")
    code, answer = commands.do_revert(node, store, ARGS)
    assert (code, answer["reason"]) == (2, "CRI-REVERT-DRIFT") and "/etc/crictl.yaml" in answer["error"]
    assert [item["reason"] for item in commands.do_can_revert(node, store, ARGS)[1]["blockers"]] == ["CRI-REVERT-DRIFT"]
    code, answer = commands.do_revert(node, store, dict(ARGS, allow_drift=True))
    journal = reverted(node, store, before)
    kept = [step["note"] for step in journal["steps"] if step["name"] == "revert_files"][0]
    assert node.read(kept.split("now ")[1].rstrip(")")) == b"mine\n"


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


def test_nothing_of_the_tool_is_left_when_it_is_forgotten(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    assert do_forget(node, store, ARGS)[1]["reason"] == "CRI-FORGET-PHASE"
    commands.do_confirm(node, store, ARGS)
    commands.do_finalize(node, store, ARGS)
    assert do_forget(node, store, ARGS) == (0, {"changed": True})
    assert not os.path.exists(node.path(STATE)) and not os.path.exists(node.path(FACT))


def test_what_cannot_be_reverted_is_revert_failed_and_says_so(tmp_path):
    node, store, plan = build(tmp_path)
    node.broken = {"crictl": "no such socket", "systemctl restart containerd.service": "no"}
    code, answer = run(node, store)
    assert (code, answer["phase"]) == (1, "revert_failed")
    assert "the revert failed" in answer["error"] and answer["reason"] == "CRI-COMMAND-FAILED"
    node.broken = {}
    assert commands.do_revert(node, store, ARGS)[1]["phase"] == "reverted", "asked again, it tries again"


def once(step, calls):
    """The first call of this step fails."""

    def wrapped(engine):
        calls.append(step.__name__)
        if calls.count(step.__name__) == 1:
            raise Failure("CRI-TEST", "once")
        return step(engine)

    wrapped.__name__ = step.__name__
    return wrapped


@pytest.mark.parametrize(
    "name", [step.__name__ for step, _seconds in revert_steps.REVERT[1:] if step is not revert_steps.revert_loader]
)
def test_a_step_of_the_revert_that_fails_once_is_tried_again(tmp_path, monkeypatch, name):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    calls = []
    monkeypatch.setattr(
        revert_steps,
        "REVERT",
        [(once(step, calls) if step.__name__ == name else step, seconds) for step, seconds in revert_steps.REVERT],
    )
    code, answer = commands.do_revert(node, store, dict(ARGS, watchdog=True))
    assert (code, calls) == (0, [name, name])
    steps = [(step["name"], step["outcome"]) for step in reverted(node, store, before)["steps"]]
    assert steps.count((name, "failed")) == steps.count((name, "ok")) == 1


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


@pytest.mark.parametrize("answer", [b"", b'HTTP/1.0 200 OK\r\n\r\n[{"Id"', b"HTTP/1.0 500 x\r\n\r\nno JSON", b"HTTP"])
def test_a_docker_that_dies_while_it_answers_cannot_have_the_node_back(tmp_path, monkeypatch, answer):
    """It is asked before anything stops: the node stays where it works."""
    node, store, plan = build(tmp_path)
    run(node, store)
    monkeypatch.setattr(docker, "read_all", lambda connection: answer)
    path = str(tmp_path / "docker.sock")
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as server:
        # As short as a socket's path has to be.
        here = os.getcwd()
        os.chdir(str(tmp_path))
        server.bind("docker.sock")
        os.chdir(here)
        server.listen(1)
        monkeypatch.setattr(docker, "DOCKER_SOCKET", "/docker.sock")
        assert node.path("/docker.sock") == path
        monkeypatch.setattr(docker.Docker, "request", engine_node.REQUEST)
        code, answer = commands.do_revert(node, store, dict(ARGS, watchdog=True))
    assert (code, answer["phase"]) == (1, "revert_blocked"), answer["error"]
    assert node.states["kubelet.service"][0] == "active"


def test_a_command_that_is_out_of_time_is_over_with_all_that_it_has_begun(tmp_path):
    """Its child holds the pipes, as a CNI plugin's IPAM does."""
    node, began = Node(str(tmp_path)), time.monotonic()
    with pytest.raises(Failure) as caught:
        node.run(["/bin/sh", "-c", "sleep 60 & sleep 60"], timeout=1)
    assert caught.value.reason == "CRI-TIMEOUT" and time.monotonic() - began < 4


def test_cni_plugins_that_hang_take_no_more_time_than_the_step_has(tmp_path, monkeypatch):
    node, store, plan = build(tmp_path)
    work = Work(node, store, plan, store.journal())
    (path,) = work.cni.results()
    cached, asked = work.cni.cached(path), []

    def hangs(argv, timeout=30, **kwargs):
        asked.append(timeout)
        work.time.begin(0)
        raise Failure("CRI-TIMEOUT", "no answer")

    monkeypatch.setattr(node, "run", hangs)
    work.time.begin(20)
    assert [work.cni.delete(cached, "", must=False) for _unused in range(12)] == [False] * 12
    assert len(asked) == 1 and 15 < asked[0] <= 20, "the others were not even begun"


def test_a_target_that_hangs_in_its_start_goes_by_cgroup(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    real = node.systemd

    def systemd(words):
        if words == ["restart", "containerd.service"] and node.states["kubelet.service"][0] == "inactive":
            node.states["containerd.service"][0] = "inactive"
            raise Failure("CRI-TIMEOUT", "no answer")
        return real(words)

    node.systemd = systemd
    commands.do_revert(node, store, dict(ARGS, watchdog=True))
    steps = reverted(node, store, before)["steps"]
    assert [step["note"] for step in steps if step["name"] == "revert_remove_pods"] == ["by cgroup"]


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


@pytest.mark.parametrize(
    "program, gone, version, reason",
    [
        ("kubelet", "", "Kubernetes v1.23.17", None),
        ("kubelet", "", "Kubernetes v1.24.0", "CRI-REVERT-GONE"),
        ("kubelet", " (deleted)", "Kubernetes v1.24.0", "CRI-REVERT-GONE"),
        ("kubelet", "", "a wrapper, v2.1", None),
        ("bash", "", "Kubernetes v1.24.0", None),
    ],
)
def test_a_kubelet_without_dockershim_is_not_reverted(tmp_path, program, gone, version, reason):
    node, store, plan = build(tmp_path)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    real = node.run

    def answer(argv, **kwargs):
        if argv == ["/usr/bin/%s" % program, "--version"]:
            return 0, version + "\n", ""
        return real(argv, **kwargs)

    node.run = answer
    os.makedirs(node.path("/proc/1"))
    os.symlink("/usr/bin/%s%s" % (program, gone), node.path("/proc/1/exe"))
    seen = commands.do_can_revert(node, store, ARGS)[1]
    assert [item["reason"] for item in seen["blockers"]] == ([reason] if reason else [])
    assert commands.do_revert(node, store, ARGS)[1].get("reason") == (reason or "CRI-CUTOVER-ASKED")


def test_without_a_journal_or_a_plan_there_is_nothing_to_revert(tmp_path):
    node, store, plan = build(tmp_path)
    os.unlink(node.path(STATE + "/plan.json"))
    assert commands.do_revert(node, store, ARGS)[1]["reason"] == "CRI-REVERT-RUN"
    store.save("plan.json", plan)
    os.unlink(node.path(STATE + "/journal.json"))
    assert commands.do_revert(node, store, ARGS)[1]["reason"] == "CRI-REVERT-RUN"
    assert commands.do_can_revert(node, store, ARGS)[1]["ok"] is False


@pytest.mark.parametrize("contained", [False, True])
def test_the_watchdog_counts_from_the_boot(tmp_path, contained):
    node, store, plan = build(tmp_path)
    if contained:
        engine_node.put(node, "/run/systemd/container", b"lxc\n")
    run(node, store)
    call = next(call for call in node.calls if "--unit=" + WATCHDOG in call)
    times = dict(re.match(r"--on-(\w+)=(\d+)", word).groups() for word in call if word.startswith("--on-"))
    if contained:
        assert times == {"active": "600"}
    else:
        assert times["active"] == "660"
        assert 0 <= int(times["boot"]) - store.load("journal.json")["deadline"] <= 1


def test_recovery_at_boot_has_the_time_that_its_steps_may_take():
    wanted = revert_names(Journal(steps=[{"name": name} for name in SWITCH]), boot=True) + ["revert_loader"]
    longest = sum(seconds for step, seconds in revert_steps.REVERT if step.__name__ in wanted)
    allowed = int(re.search(r"TimeoutStartSec=(\d+)", RECOVERY_TEXT).group(1))
    assert longest + machine.TRY_AGAIN_UNTIL < allowed


def test_another_try_leaves_alone_what_dockers_kubelet_has_begun(tmp_path, monkeypatch):
    """Its first try got as far as kubelet, which made a sandbox, and then failed."""
    node, store, plan = build(tmp_path)
    run(node, store)
    new = "/var/lib/cni/cache/results/pods-%s-eth0" % ("c" * 64)
    failed = []

    def start_kubelet(engine):
        if not failed:
            failed.append(1)
            engine_node.put(node, new, json.dumps({"kind": "cniCacheV1", "containerId": "c" * 64}).encode())
            del node.calls[:]
            raise Failure("CRI-TEST", "once")

    start_kubelet.__name__ = "revert_start_kubelet"
    monkeypatch.setattr(revert_steps, "REVERT", revert_steps.REVERT[:-1] + ((start_kubelet, 240),))
    assert commands.do_revert(node, store, dict(ARGS, watchdog=True))[1]["phase"] == "reverted"
    assert os.path.exists(node.path(new)) and ["/opt/cni/bin/bridge"] not in node.calls
    assert ["systemctl", "restart", "containerd.service"] not in node.calls[:3], "what is its own stays up"


def test_a_link_in_place_of_a_file_is_kept_too(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    os.unlink(node.path("/etc/containerd/config.toml"))
    os.symlink("/srv/config.toml", node.path("/etc/containerd/config.toml"))
    assert commands.do_revert(node, store, ARGS)[1]["reason"] == "CRI-REVERT-DRIFT"
    assert commands.do_revert(node, store, dict(ARGS, allow_drift=True))[1]["phase"] == "reverted"
    reverted(node, store, before)
    assert [os.readlink(path) for path in glob.glob(node.path(STATE + "/before/r1/changed/*"))] == ["/srv/config.toml"]


def test_after_a_boot_the_revert_waits_for_docker(tmp_path):
    """It is about to start there: so is what would ask it."""
    before = {"docker.service": {"ActiveState": "active"}, "docker.socket": {"ActiveState": "active"}}
    now = {"docker.service": {"ActiveState": "activating"}, "docker.socket": {"ActiveState": "active"}}
    assert unit_commands(before, now) == [["reset-failed", "docker.service"], ["start", "docker.service"]]


def test_kubelet_counts_as_required_until_systemd_has_read_that_it_is_not(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    node.systemd = lambda words, real=node.systemd: (1, "", "") if words[0] == "daemon-reload" else real(words)
    commands.do_confirm(node, store, ARGS)
    assert ["systemctl", "stop", RECOVERY_UNIT] not in node.calls


def test_a_changed_file_is_refused_before_anything_stops(tmp_path):
    node, store, plan = build(tmp_path)
    engine_node.put(node, "/etc/containerd/config.toml", b"somebody else\n")
    code, answer = run(node, store)
    assert (code, answer["reason"], answer["phase"]) == (1, "CRI-CUTOVER-DRIFT", "reverted")
    assert answer["details"]["files"][0]["path"] == "/etc/containerd/config.toml"
    assert not any("stop" in call and "kubelet.service" in call for call in node.calls)
    assert node.read("/etc/containerd/config.toml") == b"somebody else\n"


def test_a_node_whose_kubelet_is_down_is_refused(tmp_path):
    node, store, plan = build(tmp_path)
    node.states["kubelet.service"][0] = "failed"
    assert run(node, store)[1]["reason"] == "CRI-CUTOVER-KUBELET"


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


def test_one_lock_for_all(tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "BEGIN_PATIENCE", 0)
    node, store, plan = build(tmp_path)
    with store.lock():
        with pytest.raises(Failure) as caught:
            run(node, store)
    assert caught.value.reason == "CRI-CUTOVER-LOCKED"


def test_links_owners_and_modes_come_back(tmp_path):
    node, store, plan = build(tmp_path)
    real = node.path("/etc/containerd/config.toml")
    os.rename(real, real + ".own")
    os.symlink("config.toml.own", real)
    os.chmod(node.path("/var/lib/kubelet/kubeadm-flags.env"), 0o600)
    before = tree(node)
    run(node, store)
    assert not os.path.islink(real)
    commands.do_revert(node, store, ARGS)
    reverted(node, store, before)


def test_log_links_into_docker_are_moved_aside_and_back(tmp_path):
    node, store, plan = build(tmp_path)
    log = node.path("/var/log/pods/ns_p_u/c/0.log")
    os.makedirs(os.path.dirname(log))
    os.symlink("/var/lib/docker/containers/x/x-json.log", log)
    run(node, store)
    assert os.listdir(os.path.dirname(log)) == ["0.log.docker"]
    commands.do_revert(node, store, ARGS)
    assert os.listdir(os.path.dirname(log)) == ["0.log"]


@pytest.mark.parametrize(
    "removes,takes,asked,note",
    [
        ([True, True], 0, 2, None),
        # a sandbox that was being made stands in the way until the runtime starts anew
        ([False, True], 0, 2, None),
        # or until its processes are dead: its record must go, too; once more from a runtime with Docker's files
        ([False, False, False, True], 0, 4, "by cgroup"),
        # a runtime that hangs is not asked again before it is started anew: the node is out of service meanwhile
        ([False, True], 60, 2, "by cgroup"),
    ],
)
def test_sandboxes_that_do_not_go_at_once(tmp_path, monkeypatch, removes, takes, asked, note):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    began, late, answers = time.monotonic, [0], list(removes)

    def remove(self, seconds, *which):
        late[0] += takes
        return answers.pop(0)

    monkeypatch.setattr(Cri, "remove_pods", remove)
    monkeypatch.setattr(time, "monotonic", lambda: began() + late[0])
    assert commands.do_revert(node, store, ARGS)[0] == 0
    assert len(removes) - len(answers) == asked and not answers
    steps = {step["name"]: step.get("note") for step in store.load("journal.json")["steps"]}
    assert steps["revert_remove_pods"] == note
    reverted(node, store, before)


def test_a_sandbox_that_could_not_be_removed_is_released_in_its_own_network_namespace(tmp_path, monkeypatch):
    """A plugin finds only there what it has made outside; the results go when all is done."""
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    space, results = "/var/run/netns/cni-1", "/var/lib/cni/results/"
    for name, plugin in (("cni-loopback-c1-lo", "loopback"), ("lab-c1-eth0", "bridge"), ("other-c1-net1", "bridge")):
        config = {"cniVersion": "0.4.0", "name": name.split("-c1")[0], "plugins": [{"type": plugin}]}
        node.write(
            results + name,
            json.dumps(
                {
                    "kind": "cniCacheV1",
                    "containerId": "c1",
                    "ifName": "eth0",
                    "config": base64.b64encode(json.dumps(config).encode()).decode(),
                    "result": {"interfaces": [{"name": "cni0"}, {"name": "eth0", "sandbox": space}]},
                }
            ).encode(),
        )
    monkeypatch.setattr(revert_steps, "is_netns", lambda node, path: path == space)
    seen, there, real = [], [], node.run

    def listen(argv, timeout=30, check=True, data=None, env=None):
        if env:
            seen.append(env["CNI_NETNS"])
        if argv[0] == "umount":
            seen.append(argv)
            there.extend(sorted(os.listdir(node.path(results))))
        return real(argv, timeout, check, data, env)

    monkeypatch.setattr(node, "run", listen)
    assert commands.do_revert(node, store, ARGS)[0] == 0
    assert seen == [space, space, ["umount", "--lazy", space]]
    assert there == ["cni-loopback-c1-lo", "lab-c1-eth0", "other-c1-net1"], "forgotten before all was done"
    reverted(node, store, before)


def test_what_a_power_cut_left_empty_is_released_by_its_name(tmp_path, monkeypatch):
    """With the network as it is configured now; one that nobody knows any more is left as it is."""
    node, store, plan = build(tmp_path)
    for name, text in (
        ("10-lab.conflist", '{"name": "my-pods", "cniVersion": "0.4.0", "plugins": [{"type": "bridge"}]}'),
        ("05-lab.conflist.bak", '{"name": "my-pods", "plugins": [{"type": "older"}]}'),
        ("05-half.conf", '{"name": "my-pods", "plugins": [{"ty'),
        ("07-typeless.conf", '{"name": "my-pods"}'),
        ("agent-kubeconfig", "apiVersion: v1"),
    ):
        engine_node.put(node, "/etc/cni/net.d/" + name, text.encode())
    before = tree(node)
    run(node, store)
    mine, loop, unknown = (
        "/var/lib/cni/results/" + name
        for name in ("my-pods-%s-eth0" % ("c" * 64), "cni-loopback-%s-lo" % ("c" * 64), "gone-%s-eth0" % ("c" * 64))
    )
    for path in (mine, loop, unknown):
        engine_node.put(node, path, b"")
    seen, real = [], node.run

    def listen(argv, timeout=30, check=True, data=None, env=None):
        if env:
            seen.append((os.path.basename(argv[0]), json.loads(data), env["CNI_CONTAINERID"], env["CNI_IFNAME"]))
        return real(argv, timeout, check, data, env)

    monkeypatch.setattr(node, "run", listen)
    assert commands.do_revert(node, store, ARGS)[0] == 0
    assert seen == [("bridge", {"type": "bridge", "name": "my-pods", "cniVersion": "0.4.0"}, "c" * 64, "eth0")]
    assert os.path.exists(node.path(unknown)) and not os.path.exists(node.path(loop))
    os.unlink(node.path(unknown))
    reverted(node, store, before)


@pytest.mark.parametrize("path", ["/proc/self/ns/net", "/proc/1/ns/net", "/etc/passwd", "/nowhere"])
def test_no_network_namespace_but_a_sandboxes(path):
    """In the node's own a plugin would take the node's eth0 away."""
    assert not is_netns(Node(), path)


@pytest.mark.parametrize(
    "runtime, rmp, wanted",
    [
        ("containerd", "works", ["pods", "rmp"]),
        ("containerd", "no CRI", ["pods", "ls", "rm", "pods"]),
        # Debian's own configuration names another directory: "failed to find plugin loopback in path [/usr/lib/cni]".
        ("containerd", "no plugin", ["pods", "rmp", "ls", "rm", "pods", "restart"]),
        ("crio", "works", []),
    ],
)
def test_records_of_what_a_boot_ended_go_with_and_without_cri(tmp_path, runtime, rmp, wanted):
    node, store, plan = build(tmp_path)
    plan["to"]["runtime"] = runtime
    asked = []

    def answer(argv, timeout=30, check=True, data=None, env=None):
        words = {"ctr": argv[4:], "systemctl": argv[1:]}.get(argv[0], argv[7:])
        asked.append(words[0])
        if argv[0].endswith("crictl") and (rmp == "no CRI" or (words[0], rmp) == ("rmp", "no plugin")):
            raise Failure("CRI-CRICTL-FAILED", rmp)
        return 0, "c1 c2\n" if words[0] in ("pods", "ls") else "", ""

    node.run = answer
    work = Work(node, store, plan, store.journal())
    work.time.begin(240)
    revert_steps.forget_pods(work)
    assert asked == wanted


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


def test_status_shows_when_the_watchdog_expires(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    found = re.search(r"The watchdog expires in (\d+) s", commands.do_status(node, store, dict(ARGS, json=False))[1])
    assert found and 590 < int(found.group(1)) <= 600
    commands.do_confirm(node, store, ARGS)
    assert "watchdog expires" not in commands.do_status(node, store, dict(ARGS, json=False))[1]
