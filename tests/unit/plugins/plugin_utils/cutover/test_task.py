# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole task against a scripted node: its result is a result, whatever happens."""

from ansible.errors import AnsibleConnectionFailure
from unit.plugins.plugin_utils.cutover.scripted import Scripted, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.task import Task

ARGS = {
    "state": "finalized",
    "run_id": "r1",
    "by_run": "t1",
    "owner": "ci",
    "watchdog": 600,
    "verification": None,
    "recheck_delay": 0,
    "reason": "CRI-CUTOVER-ASKED",
    "allow_drift": False,
}


def run(node, check_mode=False, **args):
    task = Task("n1", {**ARGS, **args}, "python3", node.execute, node.run_health, node, None, node.said.append)
    task.window.deadline.restart(-10000)  # what is lost, is lost at once
    return task.run(check_mode)


def test_a_task_ends_with_the_phase_the_steps_and_the_lock_released():
    node = Scripted([journal("finalized", "stop_docker")], finalize=says(changed=True))
    result = run(node)
    assert (result["changed"], result["failed"], result["phase"], result["run_id"]) == (True, False, "finalized", "r1")
    assert [step["name"] for step in result["steps"]] == ["stop_docker"] and result["commands"] == 3
    assert node.sent == ["finalize", "release"]
    assert result["annotations"] == {"kubeadm.alpha.kubernetes.io/cri-socket": "unix:///x"}
    assert result["executions"] == 0


def test_a_refusal_is_a_failure_with_its_token_before_the_host():
    refusal = says(
        refused=True, reason="CRI-FINALIZE-PHASE", error="CRI-FINALIZE-PHASE: not yet", details={"phase": "x"}
    )
    node = Scripted([journal("switched")], finalize=refusal)
    result = run(node)
    assert result["failed"] and result["msg"] == "CRI-FINALIZE-PHASE: n1: not yet" and result["phase"] == "switched"
    assert (result["reason"], result["details"]) == ("CRI-FINALIZE-PHASE", {"phase": "x"})
    assert node.sent == ["finalize", "release"]


def test_a_lost_node_is_a_failure_and_not_unreachable():
    node = Scripted([AnsibleConnectionFailure("gone")], finalize=says(changed=True))
    result = run(node)
    assert (result["failed"], result["phase"], result["reason"]) == (True, "unknown", "CRI-CUTOVER-LOST")
    assert result["details"] == {"last": "gone"} and result["annotations"] == {} and "was not read" in result["msg"]


def test_check_mode_reads_the_journal_only():
    node = Scripted([journal("confirmed")])
    result = run(node, check_mode=True)
    assert result["changed"] is True and "planned" in result and node.sent == []
    assert run(Scripted([journal("finalized")]), check_mode=True)["changed"] is False
