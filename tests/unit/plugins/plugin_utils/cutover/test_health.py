# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cri_health in the window of a scripted node: lost, without a result, unmet, refused, each way."""

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from unit.plugins.plugin_utils.cutover.scripted import UP, VERIFICATION, Scripted, health, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.confirm import confirm
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Lost, Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.health import LOCK_S, TRIES
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.resume import resume
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.health import ASKING_S
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

NOT_READY = unmet_entry("CRI-NETWORK-NOTREADY", "NetworkReady is not true: cni config missing")
WORKS = {"start": says(started=True), "confirm": says(changed=True), "revert": says(started=True)}
LOST_MODULE = {"failed": True, "rc": 255, "module_stderr": "broken pipe", "module_stdout": "", "msg": "MODULE FAILURE"}


def switched(**engine):
    return Scripted([journal("switched", times=UP), journal("confirmed", times=UP)], **{**WORKS, **engine})


def unverified(*polls):
    polls = [journal(phase, times=UP) for phase in polls or ("switched", "reverting", "reverted")]
    return Scripted(polls, **WORKS)


def test_it_is_asked_for_what_the_switch_has_made():
    node = switched()
    assert node.do(confirm)["health"]["version"]["version"] == "1.6.20"
    assert node.health_arguments == [
        {
            "endpoint": "unix:///x",
            "crictl": "/opt/bin/crictl",
            "runtime_name": "containerd",
            "handlers": ["runc"],
            "pause_image": "pause",
            "network_ready": True,
            "wait": 30,
        }
    ]
    assert node.seconds == [str(LOCK_S)] and LOCK_S > node.health_seconds[0] == 30 + ASKING_S
    assert node.engine.connection.executions == 1, "the budget of a window"
    assert node.sources == {"crictl_info": {"status": {}}, "crictl_version": {"RuntimeName": "containerd"}}


def test_a_version_and_no_pause_image():
    node = switched()
    node.do(confirm, verification=dict(VERIFICATION, version_prefix="cri-o://1.32.", pause_image=None))
    (arguments,) = node.health_arguments
    assert (arguments["runtime_name"], arguments["runtime_version"]) == ("cri-o", "^1\\.32\\.")
    assert "pause_image" not in arguments


def test_an_optional_handler_that_was_left_out_is_not_asked_for():
    left_out = {"left_out": {"gvisor": "no /dev/kvm"}}
    node = Scripted([journal("switched", times=UP, handlers=left_out), journal("confirmed", times=UP)], **WORKS)
    handlers = [{"name": "runc"}, {"name": "gvisor", "optional": True}, {"name": "kata", "optional": True}]
    assert node.do(confirm, verification=dict(VERIFICATION, handlers=handlers))["changed"]
    assert node.health_arguments[0]["handlers"] == ["runc", "kata"]


@pytest.mark.parametrize("left, wait", [(500, 30), (40, 20), (10, 0), (-5, 0), (None, 30)])
def test_it_never_waits_beyond_the_watchdog(left, wait):
    node = switched(lock=says(locked=True, watchdog_left=left))
    node.do(confirm)
    assert node.health_arguments[0]["wait"] == wait and node.health_seconds == [wait + ASKING_S]


def test_what_it_finds_unmet_reverts_the_node_with_its_own_token_and_text():
    node = unverified()
    node.healths = [health(NOT_READY)]
    outcome = node.do(confirm)
    assert (outcome["failed"], outcome["reason"]) == (True, "CRI-NETWORK-NOTREADY")
    assert "NetworkReady is not true: cni config missing" in outcome["msg"] and outcome["details"]["unmet"] == [
        NOT_READY
    ]
    assert node.sent == ["start", "lock", "cri_health", "revert"] and node.verified == [], "the API is not asked for it"
    assert node.engine.journal["phase"] == "reverted"


@pytest.mark.parametrize(
    "result, seen",
    [
        # timeout's exit code, and that of a program it had to kill
        ({"failed": True, "rc": 124, "module_stdout": "", "module_stderr": "", "msg": "MODULE FAILURE"}, "rc 124"),
        ({"failed": True, "rc": 137, "module_stdout": "", "module_stderr": "Killed", "msg": "x"}, "rc 137: Killed"),
        ({"failed": True, "rc": 1, "module_stdout": "", "module_stderr": "ImportError: no ssl", "msg": "x"}, "no ssl"),
        (AnsibleError("failed to transfer file"), "failed to transfer"),
    ],
)
def test_a_module_without_a_result_reverts_the_node(result, seen):
    node = unverified()
    node.healths = [result]
    outcome = node.do(confirm)
    assert outcome["reason"] == "CRI-VERIFY-HEALTH" and seen in outcome["msg"]
    assert node.sent == ["start", "lock", "cri_health", "revert"] and node.engine.journal["phase"] == "reverted"


def test_a_failure_without_a_list_keeps_its_token():
    node = unverified()
    node.healths = [
        {"failed": True, "reason": "CRI-HEALTH-INPUT", "msg": "CRI-HEALTH-INPUT: kata cannot", "health": {}}
    ]
    outcome = node.do(confirm)
    assert outcome["reason"] == "CRI-HEALTH-INPUT" and "not verified: kata cannot." in outcome["msg"]


@pytest.mark.parametrize("failure", [AnsibleConnectionFailure("gone"), LOST_MODULE])
def test_a_connection_that_is_lost_in_it_is_made_again(failure):
    node = switched()
    node.healths = [failure, health()]
    assert node.do(confirm)["changed"] and node.resets == 1
    assert node.sent == ["start", "lock", "cri_health", "lock", "cri_health", "confirm"]


def test_a_node_that_stays_away_is_lost_and_not_unreachable():
    node = switched()
    node.healths = [AnsibleConnectionFailure("gone")]
    node.expire_in(0)
    with pytest.raises(Lost, match="gone"):
        node.do(confirm)


def test_a_module_that_never_comes_through_on_a_node_that_answers_is_unmet():
    node = unverified()
    node.healths = [AnsibleConnectionFailure("Failed to create temporary directory")]
    outcome = node.do(confirm)
    assert outcome["reason"] == "CRI-VERIFY-HEALTH" and "temporary directory" in outcome["msg"]
    assert node.sent.count("cri_health") == TRIES


def test_it_is_not_run_while_another_rollout_works_there():
    refusal = says(refused=True, reason="CRI-CUTOVER-BUSY", error="CRI-CUTOVER-BUSY: bob", details={"owner": "bob"})
    node = switched(lock=refusal)
    with pytest.raises(Refused) as caught:
        node.do(confirm)
    assert caught.value.reason == "CRI-CUTOVER-BUSY" and node.sent == ["start", "lock"], "and nothing is reverted"


@pytest.mark.parametrize(
    "phase, state, runs",
    [
        ("switched", resume, 1),
        ("revert_blocked", resume, 1),
        ("confirmed", resume, 0),
        ("finalized", resume, 0),
        ("reverted", resume, 0),
    ],
)
def test_every_way_to_a_confirmation_and_no_other(phase, state, runs):
    node = Scripted([journal(phase, times=UP, error="CRI-X: y"), journal("confirmed", times=UP)], **WORKS)
    node.do(state)
    assert node.sent.count("cri_health") == runs == node.sent.count("confirm")


def test_what_was_revert_blocked_is_reverted_when_the_target_is_unhealthy():
    node = unverified("revert_blocked", "reverting", "reverted")
    node.healths = [health(NOT_READY)]
    outcome = node.do(resume)
    assert outcome["failed"] and node.sent[-2:] == ["cri_health", "revert"]
