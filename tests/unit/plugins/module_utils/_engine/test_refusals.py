# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine refuses to begin, and with which reason."""

import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.refusals import (
    refuse_confirm,
    refuse_staging,
    refuse_start,
)
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import ARGS, build, run
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.samples import PLAN, journal

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize("seen, phase", [("staged", "switched"), ("reverted", "confirmed"), ("confirmed", "switching")])
def test_forbidden_transitions(seen, phase):
    with pytest.raises(Failure) as caught:
        journal(seen).move(phase)
    assert caught.value.reason == "CRI-CUTOVER-PHASE"


@pytest.mark.parametrize(
    "given, plan, run_id, token",
    [
        (None, None, "r1", "CRI-CUTOVER-UNSTAGED"),
        (journal(), None, "r1", "CRI-CUTOVER-UNSTAGED"),
        (journal(schema=2), PLAN, "r1", "CRI-JOURNAL-NEWER"),
        (journal("switched"), PLAN, "r2", "CRI-CUTOVER-BUSY"),
        (journal(), dict(PLAN, run_id="r0"), "r1", "CRI-CUTOVER-UNSTAGED"),
        (journal("reverted"), PLAN, "r1", "CRI-CUTOVER-REVERTED"),
        (journal("revert_failed"), PLAN, "r1", "CRI-CUTOVER-REVERT-FAILED"),
        (journal(), PLAN, "r1", None),
        (journal("switching"), PLAN, "r1", None),
    ],
)
def test_start(given, plan, run_id, token):
    refusal = refuse_start(given, plan, run_id)
    assert (refusal and refusal[0]) == token


@pytest.mark.parametrize(
    "given, token",
    [
        (None, None),
        (journal("staged"), None),
        (journal("reverted"), None),
        (journal("confirmed"), None),
        (journal("finalized"), None),
        (journal("switching"), "CRI-CUTOVER-UNFINISHED"),
        (journal("switched"), "CRI-CUTOVER-UNFINISHED"),
        (journal("reverting"), "CRI-CUTOVER-UNFINISHED"),
        (journal("revert_failed"), "CRI-CUTOVER-UNFINISHED"),
        (journal("finalized", schema=2), "CRI-JOURNAL-NEWER"),
    ],
)
def test_staging(given, token):
    refusal = refuse_staging(given, PLAN)
    assert (refusal and refusal[0]) == token


@pytest.mark.parametrize(
    "given, run_id, boot, now, token",
    [
        (journal("switched", boot_id="b", deadline=100), "r1", "b", 99.9, None),
        (journal("switched", boot_id="b", deadline=100), "r1", "b", 100.0, "CRI-CONFIRM-LATE"),
        (journal("switched", boot_id="b", deadline=100), "r1", "c", 5, "CRI-CONFIRM-LATE"),
        (journal("switched", boot_id="b", deadline=100), "r2", "b", 5, "CRI-CONFIRM-RUN"),
        (journal("reverting"), "r1", "b", 5, "CRI-CONFIRM-LATE"),
        (journal("reverted"), "r1", "b", 5, "CRI-CONFIRM-LATE"),
        (journal("switching"), "r1", "b", 5, "CRI-CONFIRM-PHASE"),
        (None, "r1", "b", 5, "CRI-CONFIRM-RUN"),
    ],
)
def test_confirm(given, run_id, boot, now, token):
    refusal = refuse_confirm(given, run_id, boot, now)
    assert (refusal and refusal[0]) == token


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


def test_a_node_whose_kubelet_is_down_is_refused(tmp_path):
    node, store, plan = build(tmp_path)
    node.states["kubelet.service"][0] = "failed"
    assert run(node, store)[1]["reason"] == "CRI-CUTOVER-KUBELET"
