# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the window against a scripted node: late, reverted, refused."""

import pytest
from unit.plugins.plugin_utils.cutover.scripted import DOWN, LAUNCHER, SINCE, UP, Scripted, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.confirm import confirm
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry


def test_the_whole_way():
    node = Scripted(
        [
            journal("staged"),
            journal("switching", "stop_kubelet", times=DOWN),
            journal("switched", "stop_kubelet", "stop_pods", times=UP, engine_seconds=9.0),
            journal("confirmed", times=UP),
        ],
        start=says(started=True),
        confirm=says(phase="confirmed", changed=True),
    )
    outcome = node.do(confirm)
    assert outcome["changed"] is True and outcome["times"]["kubelet_down_s"] == 1.0
    assert node.verified == [(SINCE, "containerd://")] and node.sent == ["start", "lock", "cri_health", "confirm"]
    assert sum("stop_kubelet" in text for text in node.said) == 1, "each step is shown once"


def test_attached_late_the_heartbeat_shows_nothing():
    node = Scripted(
        [journal("switched", times=UP), journal("confirmed", times=UP)],
        start=says(attached=True, phase="switched"),
        confirm=says(phase="confirmed"),
    )
    node.do(confirm)
    assert node.verified == [({"lease_renew": "t1"}, "containerd://")]


def test_a_step_that_failed_is_reported_with_its_token_first():
    node = Scripted(
        [journal("reverting", times=DOWN), journal("reverted", reason="CRI-SMOKE", error="CRI-SMOKE: no shim")],
        start=says(started=True),
    )
    outcome = node.do(confirm)
    assert outcome["failed"] and outcome["reason"] == "CRI-SMOKE" and node.verified == []
    assert outcome["msg"].startswith("CRI-SMOKE: n1: no shim.") and "back on Docker" in outcome["msg"]


def test_a_node_that_is_not_verified_is_reverted_to_the_end():
    node = Scripted(
        [journal("switched", times=UP), journal("reverting", times=UP), journal("reverted", times=UP)],
        start=says(started=True),
        revert=says(started=True),
    )
    node.unmet = [unmet_entry("CRI-VERIFY-READY", "not Ready")]
    outcome = node.do(confirm)
    assert (outcome["failed"], outcome["reason"]) == (True, "CRI-VERIFY-READY")
    assert node.sent == ["start", "lock", "cri_health", "revert"] and node.engine.journal["phase"] == "reverted"


def test_the_watchdog_was_faster_than_the_confirmation():
    node = Scripted(
        [
            journal("switched", times=UP),
            journal("reverting"),
            journal("reverted", reason="CRI-CUTOVER-WATCHDOG", error="CRI-CUTOVER-WATCHDOG: no confirmation"),
        ],
        start=says(started=True),
        confirm=says(refused=True, reason="CRI-CONFIRM-LATE", error="CRI-CONFIRM-LATE: x"),
    )
    outcome = node.do(confirm)
    assert (outcome["failed"], outcome["reason"]) == (True, "CRI-CUTOVER-WATCHDOG")


def test_a_run_found_interrupted_is_reverted_first():
    refusal = says(refused=True, reason="CRI-CUTOVER-INTERRUPTED", error="CRI-CUTOVER-INTERRUPTED: x")
    node = Scripted([journal("reverted", error="CRI-CUTOVER-INTERRUPTED: y")], start=refusal, revert=says(started=True))
    assert node.do(confirm)["failed"] and node.sent == ["start", "revert"]


def test_another_run_is_refused_with_its_owner():
    refusal = says(refused=True, reason="CRI-CUTOVER-BUSY", error="CRI-CUTOVER-BUSY: run r2", details={"owner": "bob"})
    node = Scripted([journal("switching")], start=refusal)
    with pytest.raises(Refused) as caught:
        node.do(confirm)
    assert (caught.value.reason, caught.value.details) == ("CRI-CUTOVER-BUSY", {"owner": "bob"})


def test_a_watchdog_that_would_end_the_verification_is_refused():
    with pytest.raises(Refused) as caught:
        Scripted([]).do(confirm, watchdog=400)
    assert caught.value.reason == "CRI-CUTOVER-WATCHDOG-SHORT"


def test_a_node_without_an_engine():
    missing = {"rc": 2, "stdout": "", "stderr": "python3: can't open file '%s'" % LAUNCHER}
    with pytest.raises(Refused) as caught:
        Scripted([], start=missing).do(confirm)
    assert caught.value.reason == "CRI-CUTOVER-UNSTAGED"
