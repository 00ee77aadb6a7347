"""The role rollout alone: its README's example around work of one's own, and each reason to stop."""

import pytest
from playbooks.fleet.conftest import fleet
from playbooks.fleet.fleet import CONTROL_PLANE, FAILED, HOSTS, WORKERS
from playbooks.readme import example

__all__ = ["fleet"]

FAILS = "outcome: \"{{ 'failed' if inventory_hostname == 'w3' else 'switched' }}\""


@pytest.fixture
def run(fleet, tmp_path):
    """run(text of a playbook, answers, *options, **settings) -> as Fleet.run()"""

    def called(text, answers, *options, **settings):
        path = tmp_path / "example.yml"
        path.write_text(text, encoding="utf-8")
        return fleet.run(str(path), answers, *options, **settings)

    return called


def asked(run, module):
    return [arguments for _host, name, arguments in run.asked if name == module]


def test_the_example_plans_checks_and_ends(run):
    done = run(example("rollout"), {}, batches=[3])
    assert done.code == 0, done.output
    # It read the nodes itself: once each, and nothing else was executed there.
    assert sorted(call.host for call in done.calls if call.what == "node_runtime_info") == sorted(HOSTS)
    assert {call.what.split()[0] for call in done.calls} == {
        "cluster_info",
        "node_runtime_info",
        "rollout_gate",
        "rollout_lease",
    }
    gates = [gate for gate in asked(done, "rollout_gate") if gate["upcoming"]]
    assert [gate["upcoming"] for gate in gates] == [WORKERS[:3], WORKERS[3:6], WORKERS[6:], ["cp1"], ["cp2"]]
    # What was moved so far is checked before the next batch.
    assert sorted(gates[1]["nodes"]) == WORKERS[:3] and gates[0]["nodes"] == {}
    assert [lease["state"] for lease in asked(done, "rollout_lease")] == ["held", "released"]
    assert "To switch, in this order: w1, w2" in done.output


def test_a_dry_run_takes_no_lease(run):
    done = run(example("rollout"), {}, "--check", batches=[3])
    assert done.code == 0, done.output
    assert asked(done, "rollout_lease") == [] and asked(done, "rollout_gate")


def test_a_failure_stops_it_and_the_lease_is_released(run):
    done = run(example("rollout").replace("outcome: switched", FAILS), {}, batches=[3])
    assert done.code == 2 and done.gate() == ({"w3"}, {*WORKERS[3:], *CONTROL_PLANE})
    assert [lease["state"] for lease in asked(done, "rollout_lease")] == ["held", "released"]


def test_failures_that_are_allowed_are_reported_at_the_end(run):
    done = run(example("rollout").replace("outcome: switched", FAILS), {}, batches=[3], max_failures=1)
    assert done.code == 2 and done.gate() is None
    assert "CRI-SWITCH-INCOMPLETE: Failed, as many as switchover_max_failures allows: w3." in done.output
    assert [lease["state"] for lease in asked(done, "rollout_lease")] == ["held", "released"]


def test_a_lease_that_another_rollout_has_stops_it_before_any_node(run):
    done = run(example("rollout"), {"rollout_lease held": FAILED}, batches=[3])
    assert done.code == 2 and asked(done, "rollout_gate") == []


def test_a_batch_larger_than_the_forks_is_refused(run):
    done = run(example("rollout"), {}, forks=2, batches=[3])
    assert done.code == 2 and "CRI-ROLLOUT: switchover_batches gives a batch of 3 nodes" in done.output
    assert asked(done, "rollout_lease") == []
