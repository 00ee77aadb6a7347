"""What the next run does with what this one left."""

import pytest
from playbooks.fleet.fleet import CONTROL_PLANE, HOSTS, LOST, WENT_BACK, WINDOW

GIVEN_BACK = ["cutover resumed", "node_drain uncordoned"]
LATER = ["w4", "w5", "w6", "w7", "w8", *CONTROL_PLANE]


def test_one_that_went_back_is_tried_again_only_when_asked(fleet):
    first = fleet.run("switch_runtime", {"w2 cutover confirmed": WENT_BACK}, batches=[1, "25%"])
    assert first.gate() == ({"w2"}, set(LATER))
    # w2 is proven on Docker, and the others are switched; the canary and w3 are done and are left alone.
    second = fleet.run("switch_runtime", {}, batches=[1, "25%"])
    assert second.windows() == {"w2": GIVEN_BACK, **{host: WINDOW for host in LATER}}
    assert second.code == 2 and "CRI-SWITCH-INCOMPLETE" in second.output and second.gate() is None
    third = fleet.run("switch_runtime", {}, batches=[1, "25%"], retry=True)
    assert third.code == 0 and third.windows() == {"w2": WINDOW}
    # And now there is nothing to do: one look at each node, one at the cluster.
    fourth = fleet.run("switch_runtime", {}, batches=[1, "25%"])
    assert fourth.code == 0 and "Nothing to switch" in fourth.output
    assert sorted((call.what, call.host) for call in fourth.calls if call.what != "cluster_info") == sorted(
        ("node_runtime_info", host) for host in HOSTS
    )


def test_one_that_was_lost_is_mended_before_any_other_is_touched(fleet):
    fleet.run("switch_runtime", {"w2 cutover confirmed": LOST}, batches=[1, 3, 6])
    fleet.journals["w2"] = "switched"
    run = fleet.run("switch_runtime", {}, batches=[1, 3, 6])
    assert run.code == 0, run.output
    later = [host for host in HOSTS if host not in ("w1", "w2", "w3", "w4")]
    assert run.windows() == {"w2": GIVEN_BACK + ["cutover settled"], **{host: WINDOW for host in later}}
    assert run.span(["w2"])[1] < run.span(later)[0]
    assert "w2 switched" in run.output


@pytest.mark.long
def test_one_that_can_not_be_mended_keeps_the_others_from_being_touched(fleet):
    fleet.journals["w2"], fleet.cordoned = "switched", {"w2"}
    run = fleet.run("switch_runtime", {"w2 cutover resumed": dict(WENT_BACK, phase="stayed")}, batches=[1, 3, 6])
    assert run.gate() == ({"w2"}, set(HOSTS) - {"w2"})
    assert run.code == 2 and run.windows() == {"w2": ["cutover resumed"]}


def test_gates_look_at_what_earlier_runs_moved_too(fleet):
    fleet.journals = {"w1": "settled", "w2": "settled"}
    run = fleet.run("switch_runtime", {}, batches=[2, "100%"])
    assert run.code == 0, run.output
    looks = [sorted(args["nodes"]) for _host, name, args in run.asked if name == "rollout_gate"]
    assert looks[:2] == [["w1", "w2"], ["w1", "w2", "w3", "w4"]]
