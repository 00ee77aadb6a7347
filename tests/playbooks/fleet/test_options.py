"""Options of ansible-playbook that take something out of a run: what is left of it is whole, or nothing."""

import pytest
from playbooks.fleet.fleet import HOSTS, STAGE, SWITCH_REVERTED, WINDOW
from playbooks.tasks import is_task


def test_check_mode_reaches_every_module(fleet):
    run = fleet.run("switch_runtime", {}, "--check", "--diff", batches=[1, 3, 6])
    assert run.code == 0 and all(call.checked for call in run.calls)
    assert run.windows() == {host: WINDOW for host in HOSTS} and all(run.staging(host) == STAGE for host in HOSTS)
    assert fleet.journals == {}


def test_a_limit_without_the_control_plane_is_refused(fleet):
    run = fleet.run("switch_runtime", {}, "--limit", "w1,w2", batches=[1])
    assert run.code == 2 and run.calls == [] and "CRI-SETTINGS-LIMIT" in run.output
    # As AWX does it, on the hosts that failed: with the exception it is possible.
    run = fleet.run("switch_runtime", {}, "--limit", "w1,w2", batches=[1], allow=["no-control-plane"])
    assert run.code == 0 and run.windows() == {"w1": WINDOW, "w2": WINDOW}
    # Any host may have it, not the first one only.
    own = "{{ 'no-control-plane' if inventory_hostname == 'w2' else '' }}"
    run = fleet.run("preflight", {}, "--limit", "w1,w2", batches=[1], allow=own)
    assert run.code == 0, run.output


def test_a_limit_counts_for_batches_and_for_messages(fleet):
    """A third of six workers are two. A host that is not in the limit is neither called nor named."""
    faults = {"w5 cutover confirmed": SWITCH_REVERTED}
    run = fleet.run("switch_runtime", faults, "--limit", "w3,w4,w5,w6,w7,w8,cp1", batches=["34%"])
    assert run.gate() == ({"w5"}, {"w7", "w8", "cp1"}) and list(run.windows()) == ["w3", "w4", "w5", "w6"]
    assert {call.host for call in run.calls} == {"w3", "w4", "w5", "w6", "w7", "w8", "cp1"}


def test_only_some_are_switched_and_all_are_checked(fleet):
    run = fleet.run("switch_runtime", {}, batches=[1], only=["w3", "w5"])
    assert run.code == 0 and run.windows() == {"w3": WINDOW, "w5": WINDOW}


def test_hosts_may_have_different_targets(fleet):
    """Each is checked against its own target: all are on containerd, and two of them should not be."""
    fleet.journals = {host: "finalized" for host in HOSTS}
    own = "{{ 'crio' if inventory_hostname in ['cp1', 'w2'] else 'containerd' }}"
    run = fleet.run("preflight", {}, batches=[1], target=own)
    assert run.code != 0 and "SETTINGS-DIFFER" not in run.output
    refused = {host for host in HOSTS if f"{host}: CRI-PF-SOURCE" in run.output}
    assert refused == {"cp1", "w2"}, run.output


def test_batches_without_capacity_are_refused_on_request(fleet):
    """Each node moves one CPU and has four free: the pods of six nodes fit on the other two."""
    capacity = {host: {"moves": {"cpu": 1.0}, "free": {"cpu": 4.0} if host.startswith("w") else None} for host in HOSTS}
    answer = fleet._answers()["cluster_info"]
    answer["cluster"]["capacity"] = capacity
    faults = {"cluster_info": answer}
    run = fleet.run("preflight", faults, batches=[7], require_capacity=True)
    assert run.code != 0 and "CRI-PF-CAPACITY" in run.output and "make batches smaller" in run.output
    run = fleet.run("preflight", faults, batches=[7])
    assert run.code == 0 and "CRI-PF-CAPACITY" in run.output
    run = fleet.run("preflight", faults, batches=[6], require_capacity=True)
    assert run.code == 0 and "CRI-PF-CAPACITY" not in run.output


# Tasks that Ansible finds by their name: those that the playbooks themselves have.
@pytest.mark.parametrize(
    "task",
    [
        "Plan the rollout",
        "Prepare the node while its pods run",
        "Switch the node",
        "Switch the node, verify it and confirm",
    ],
)
def test_a_run_that_starts_in_the_middle_does_nothing(fleet, task):
    """Each play has its hosts from the one before; what was not planned in this run has none."""
    assert is_task(task)
    run = fleet.run("switch_runtime", {}, "--start-at-task", task, batches=[1])
    assert run.calls == []


@pytest.mark.parametrize("playbook", ["switch_runtime", "revert"])
def test_tags_take_out_all_or_nothing(fleet, playbook):
    """No task has a tag: to ask for one asks for nothing."""
    if playbook == "revert":
        fleet.journals = {host: "finalized" for host in HOSTS}
    assert fleet.run(playbook, {}, "--tags", "drain", batches=[1]).calls == []


@pytest.mark.long
def test_tags_that_are_left_out_take_out_nothing(fleet):
    run = fleet.run("switch_runtime", {}, "--skip-tags", "drain", batches=["50%"])
    assert run.code == 0 and run.windows() == {host: WINDOW for host in HOSTS}
