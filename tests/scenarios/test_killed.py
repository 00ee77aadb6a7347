"""The controller is killed in the middle of a run: the node comes to rest alone, and the next run resumes."""

from __future__ import annotations

import measure
import pytest
from arguments import settings, watchdog_for
from faults.engine import steps as engine_steps
from kills import Kill, kills, reached
from node_state import read_state
from scenario import KUBELET_FAULT, Play, Scenario, until_nothing

NAME = "node1"
KILLS = [pytest.param(kill, id=kill.name, marks=getattr(pytest.mark, kill.mark)) for kill in kills(engine_steps())]


class OneNode:
    """What can be seen of a run on node1."""

    def __init__(self, lab: Scenario, play: Play):
        self.lab, self.play = lab, play

    def ended(self, name: str) -> bool:
        return any(
            r["status"] == "ok" and (r["task"] == name or (r["action"], r["host"]) == (name, NAME))
            for r in self.play.results()
        )

    def journal(self) -> dict:
        return self.lab.journal(1)

    def cordon(self) -> tuple[bool, bool]:
        return self.lab.cordon(1)


def of_the_run(kill: Kill) -> dict:
    """Where nobody is left to confirm, what is waited for is the watchdog: the soonest there may be."""
    return watchdog_for(10) if kill.unconfirmed else {}


def only(kill: Kill) -> dict:
    return {} if kill.whole else {"switchover_only": [NAME]}


def assert_at_rest(lab: Scenario, kill: Kill) -> None:
    if kill.reverted:
        lab.assert_on_docker(1, unschedulable=True, ours=True)
        reason = lab.journal(1)["reason"]
        assert (reason == "CRI-CUTOVER-WATCHDOG") == kill.unconfirmed, (
            f"node1 was reverted for another reason: {reason}"
        )
    elif kill.phase in ("confirmed", "uncordoned", "finalized"):
        lab.assert_on_target(1, tuple(filter(None, kill.ends)), cordoned=kill.cordoned)
    elif kill.cordoned:
        lab.assert_on_docker(1, unschedulable=True, ours=True)
    else:
        lab.assert_never_touched(1)
    lab.assert_never_touched(2)


def assert_reported_and_in_service(lab: Scenario) -> None:
    """A run that is not asked to try again: node1 is verified on Docker and serves again, and the run says why."""
    why = lab.journal(1)["error"]
    run = lab.play("switch-runtime.yml", *settings(switchover_only=[NAME]))
    assert run.code != 0, "a run that left a node on Docker ended well"
    reported = run.said("CRI-SWITCH-INCOMPLETE")
    assert reported and NAME in reported[-1]["msg"] and why in reported[-1]["msg"], (
        f"not reported: {why}; failures: {run.failures()}"
    )
    assert lab.journal(1)["phase"] == "reverted", "it was tried again without being asked for"
    lab.assert_on_docker(1, unschedulable=False)
    lab.assert_never_touched(2)


@pytest.mark.parametrize("kill", KILLS)
def test_a_killed_run_leaves_a_node_that_the_next_one_resumes(lab: Scenario, kill: Kill):
    if kill.phase == "reverting":
        lab.sabotage(1, "kubelet", KUBELET_FAULT)
    lab.remember()
    play = lab.start("switch-runtime.yml", *settings(**of_the_run(kill), **only(kill)))
    sight = OneNode(lab, play)
    lab.until(play, lambda: reached(kill, sight), kill.name)
    play.kill()
    killed = lab.journal(1)
    assert killed.get("phase") in kill.killed_in, f"the kill came too late: node1 was {killed.get('phase')} by then"
    print(f"killed when node1 was {killed.get('phase')}, steps begun: {[s['name'] for s in killed.get('steps', [])]}")

    lab.until_rest(1, kill.ends)
    assert_at_rest(lab, kill)

    if kill.phase == "reverting":
        lab.fix(1, "kubelet")
        lab.before[1] = read_state(1)
    if kill.reverted:
        assert_reported_and_in_service(lab)
    run = lab.play("switch-runtime.yml", *settings(switchover_retry=kill.reverted, **only(kill)))
    assert run.code == 0, f"the next run did not finish: {run.failures()}"
    for number in lab.cluster.numbers if kill.whole else (1,):
        lab.assert_on_target(number)
    if not kill.whole:
        lab.assert_never_touched(2)
    lab.cluster.wait_workloads(180)


@pytest.mark.ci
def test_the_next_run_need_not_wait_for_the_watchdog(lab: Scenario):
    """It finds a switch under way, or waiting for its verification, and brings that one to its end."""
    lab.remember()
    play = lab.start("switch-runtime.yml", *settings(switchover_only=[NAME]))
    lab.until_step(play, 1, "stop_pods")
    play.kill()
    killed = lab.journal(1)["run_id"]
    # A lock ends a minute after the last sign of life.
    until_nothing(
        lambda: ["it is locked"] if measure.engine_status(1)["lock"] else [], "the lock of node1 is not released", 90
    )
    assert lab.journal(1)["phase"] in ("switching", "switched")
    run = lab.play("switch-runtime.yml", *settings(switchover_only=[NAME]))
    assert run.code == 0, f"the next run did not finish: {run.failures()}"
    assert lab.journal(1)["run_id"] == killed, "it was begun anew"
    lab.assert_on_target(1)
    lab.assert_never_touched(2)


@pytest.mark.long
def test_a_worker_that_outlives_its_playbook_does_no_harm(lab: Scenario):
    """Only the process group is killed: a worker is left, which may still confirm; else the watchdog decides."""
    lab.remember()
    play = lab.start("switch-runtime.yml", *settings(switchover_only=[NAME], **watchdog_for(60)))
    lab.until_phase(play, 1, "switched")
    play.kill_group()

    lab.until_rest(1, ("confirmed", "reverted"))
    confirmed = lab.journal(1)["phase"] == "confirmed"
    print(f"the worker was {'there to confirm' if confirmed else 'no help'}")
    if confirmed:
        lab.assert_on_target(1, ("confirmed",), cordoned=True)
    else:
        lab.assert_on_docker(1, unschedulable=True, ours=True)
    run = lab.play("switch-runtime.yml", *settings(switchover_only=[NAME], switchover_retry=not confirmed))
    assert run.code == 0, f"the next run did not finish: {run.failures()}"
    lab.assert_on_target(1)
    lab.assert_never_touched(2)
