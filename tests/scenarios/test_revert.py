"""The whole revert, as an operator asks for it: Docker exactly as it was, no request lost; and there again."""

from __future__ import annotations

import time

import pytest
from arguments import settings
from node_state import read_state
from scenario import Scenario

REVERT = "playbooks/revert.yml"
SWITCH = "switch-runtime.yml"
# kubeadm's word for the runtime of a node
CRI_SOCKET = "kubeadm.alpha.kubernetes.io/cri-socket"


def only(numbers: tuple[int, ...]) -> tuple[str, str]:
    return settings(switchover_only=[f"node{number}" for number in numbers])


def others(lab: Scenario, numbers: tuple[int, ...]) -> list[int]:
    return [number for number in lab.cluster.numbers if number not in numbers]


def assert_answered(service: dict, seconds: float) -> None:
    assert not service["failed"], f"requests failed: {service['failed'][:5]}"
    assert service["requests"] > 3 * seconds, f"the client asked {service['requests']} times in {seconds:.0f} s"


def perform_revert(lab: Scenario, numbers: tuple[int, ...]) -> None:
    left_alone = {number: read_state(number) for number in others(lab, numbers)}
    began = time.time()
    lab.probe()
    run = lab.play(REVERT, *only(numbers), patience=2400)
    service = lab.answered()
    assert run.code == 0, run.failures()
    assert_answered(service, run.seconds)
    for number in numbers:
        assert lab.journal(number)["phase"] == "reverted"
        window = [e for e in lab.history(number) if e["at"] > began]
        assert [e for e in window if e["unschedulable"]], f"node{number} was reverted without being drained"
        lab.assert_on_docker(number, unschedulable=False)
        assert "containerd" not in lab.node(number)["metadata"]["annotations"].get(CRI_SOCKET, "")
    for number, before in left_alone.items():
        lab.assert_on_target(number)
        now = read_state(number)
        assert (now["units"], now["files"], now["journal"]) == (before["units"], before["files"], before["journal"])
    lab.cluster.wait_workloads(180)


def change_nothing(lab: Scenario, numbers: tuple[int, ...]) -> None:
    """The same run again."""
    before = {number: read_state(number) for number in lab.cluster.numbers}
    pods = {number: lab.own_pods(number) for number in lab.cluster.numbers}
    began = time.time()
    run = lab.play(REVERT, *only(numbers))
    assert run.code == 0, run.failures()
    assert not run.changed()
    for number in lab.cluster.numbers:
        now = read_state(number)
        for part in ("files", "units", "kubelet", "journal", "own_units"):
            assert now[part] == before[number][part], f"node{number}: {part}"
        assert lab.own_pods(number) == pods[number], f"node{number}: its pods"
        assert not [e for e in lab.history(number) if e["at"] > began and e["unschedulable"]], f"node{number}: cordoned"


def switch_again(lab: Scenario, numbers: tuple[int, ...]) -> None:
    """Asked for: a reverted node is not tried again by itself, whoever reverted it."""
    run = lab.play(SWITCH, *settings(switchover_retry=True), patience=2400)
    assert run.code == 0, run.failures()
    for number in numbers:
        lab.assert_on_target(number)


@pytest.mark.ci
def test_one_node_is_reverted_and_nothing_more(switched_lab: Scenario):
    perform_revert(switched_lab, (1,))
    change_nothing(switched_lab, (1,))


@pytest.mark.long
def test_there_and_back_again_three_times(switched_lab: Scenario):
    everywhere = tuple(switched_lab.cluster.numbers)
    for number in range(3):
        print(f"round {number + 1}")
        perform_revert(switched_lab, everywhere)
        change_nothing(switched_lab, everywhere)
        switch_again(switched_lab, everywhere)


@pytest.mark.long
def test_a_cordon_of_somebody_else_stays(switched_lab: Scenario):
    switched_lab.cluster.kubectl("cordon", "node1")
    run = switched_lab.play(REVERT, *only((1,)))
    assert run.code == 0, run.failures()
    assert switched_lab.journal(1)["phase"] == "reverted"
    switched_lab.assert_on_docker(1, unschedulable=True)


@pytest.mark.long
def test_a_revert_that_is_killed_goes_on_alone(switched_lab: Scenario):
    lab = switched_lab
    play = lab.start(REVERT, *only((1,)))

    def under_way() -> bool:
        journal = lab.journal(1)
        assert journal["phase"] != "reverted", "the kill would come too late"
        return journal["phase"] == "reverting" and "revert_files" in [step["name"] for step in journal["steps"]]

    lab.until(play, under_way, "node1: the engine's step revert_files")
    play.kill()
    lab.until_rest(1, ("reverted",))
    lab.assert_on_docker(1, unschedulable=True, ours=True)
    run = lab.play(REVERT, *only((1,)))
    assert run.code == 0, run.failures()
    lab.assert_on_docker(1, unschedulable=False)
    lab.assert_on_target(2)
