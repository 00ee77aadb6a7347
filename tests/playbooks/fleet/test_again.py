"""What the next run does with what this one left."""

import pytest
from playbooks.fleet.fleet import CONTROL_PLANE, HOSTS, LOST, SWITCH_REVERTED, WINDOW

RETURNED = ["cutover resumed", "node_drain uncordoned"]
LATER = ["w4", "w5", "w6", "w7", "w8", *CONTROL_PLANE]


def test_a_reverted_node_is_tried_again_only_on_request(fleet):
    first = fleet.run("switch_runtime", {"w2 cutover confirmed": SWITCH_REVERTED}, batches=[1, "25%"])
    assert first.gate() == ({"w2"}, set(LATER))
    # w2 is verified on Docker, and the others are switched. The canary and w3 are done and are not changed.
    second = fleet.run("switch_runtime", {}, batches=[1, "25%"])
    assert second.windows() == {"w2": RETURNED, **{host: WINDOW for host in LATER}}
    assert second.code == 2 and "CRI-SWITCH-INCOMPLETE" in second.output and second.gate() is None
    third = fleet.run("switch_runtime", {}, batches=[1, "25%"], retry=True)
    assert third.code == 0 and third.windows() == {"w2": WINDOW}
    # And now there is nothing to do: each node is read once, and so is the cluster.
    fourth = fleet.run("switch_runtime", {}, batches=[1, "25%"])
    assert fourth.code == 0 and "Nothing to switch" in fourth.output
    assert sorted((call.what, call.host) for call in fourth.calls if call.what != "cluster_info") == sorted(
        ("node_runtime_info", host) for host in HOSTS
    )


def test_a_lost_node_is_resumed_before_any_other_is_changed(fleet):
    fleet.run("switch_runtime", {"w2 cutover confirmed": LOST}, batches=[1, 3, 6])
    fleet.journals["w2"] = "switched"
    run = fleet.run("switch_runtime", {}, batches=[1, 3, 6])
    assert run.code == 0, run.output
    later = [host for host in HOSTS if host not in ("w1", "w2", "w3", "w4")]
    assert run.windows() == {"w2": RETURNED + ["cutover finalized"], **{host: WINDOW for host in later}}
    assert run.span(["w2"])[1] < run.span(later)[0]
    assert "w2 switched" in run.output


@pytest.mark.long
def test_a_node_that_cannot_be_resumed_keeps_the_others_from_being_changed(fleet):
    fleet.journals["w2"], fleet.cordoned = "switched", {"w2"}
    run = fleet.run(
        "switch_runtime", {"w2 cutover resumed": dict(SWITCH_REVERTED, phase="revert_blocked")}, batches=[1, 3, 6]
    )
    assert run.gate() == ({"w2"}, set(HOSTS) - {"w2"})
    assert run.code == 2 and run.windows() == {"w2": ["cutover resumed"]}


def test_gates_check_what_earlier_runs_moved_too(fleet):
    fleet.journals = {"w1": "finalized", "w2": "finalized"}
    run = fleet.run("switch_runtime", {}, batches=[2, "100%"])
    assert run.code == 0, run.output
    checked = [sorted(args["nodes"]) for _host, name, args in run.asked if name == "rollout_gate"]
    assert checked[:2] == [["w1", "w2"], ["w1", "w2", "w3", "w4"]]
