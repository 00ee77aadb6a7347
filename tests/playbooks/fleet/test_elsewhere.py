"""Losses outside of a node's first window, failures that are allowed, and the operator's own tasks round a window."""

import json

import pytest
from playbooks.fleet.fleet import CONTROL_PLANE, FAILED, HOSTS, LOST, REVERT, SWITCH_REVERTED, WINDOW, WORKERS
from playbooks.fleet.test_rollout import CODES_LOST


def rest(*values):
    """One of the cases that run only when named."""
    return pytest.param(*values, marks=pytest.mark.long)


def test_one_is_lost_while_it_is_resumed(fleet):
    """The other node of its batch is resumed to the end. No further node is started."""
    fleet.journals, fleet.cordoned = {"w2": "switched", "w3": "switched"}, {"w2", "w3"}
    run = fleet.run("switch_runtime", {"w2 cutover resumed": LOST}, batches=[3, 6])
    assert run.code in CODES_LOST and run.gate() == ({"w2"}, set(HOSTS) - {"w2", "w3"})
    assert run.windows() == {
        "w2": ["cutover resumed"],
        "w3": ["cutover resumed", "node_drain uncordoned", "cutover finalized"],
    }
    assert "Last seen: w2: its journal last showed switched. The next run" in run.output


@pytest.mark.parametrize("what", [rest(REVERT[0]), REVERT[1], rest(REVERT[2])])
def test_one_is_lost_during_its_revert(fleet, what):
    fleet.journals = {host: "finalized" for host in HOSTS}
    run = fleet.run("revert", {f"w3 {what}": LOST}, batches=[1, 3, 6])
    assert run.code in CODES_LOST and run.gate() == ({"w3"}, {"w5", "w6", "w7", "w8", *CONTROL_PLANE})
    checked = ["cutover revertible"]
    assert run.windows() == {
        **{host: checked for host in HOSTS},
        **{host: checked + REVERT for host in ("w1", "w2", "w4")},
        "w3": checked + REVERT[: REVERT.index(what) + 1],
    }


def test_losses_count_against_the_failures_that_are_allowed(fleet):
    faults = {"w2 cutover confirmed": LOST}
    run = fleet.run("switch_runtime", faults, batches=[1, 3, 6], max_failures=1)
    assert run.code in CODES_LOST and run.gate() is None
    assert run.windows() == {**{host: WINDOW for host in HOSTS}, "w2": WINDOW[:2]}
    printed = " ".join(run.output.split())
    assert "CRI-SWITCH-INCOMPLETE: Failed, as many as switchover_max_failures allows: w2. Not started: none." in printed
    # With one more it is too many, and the one that failed by itself is named beside the one that was lost.
    fleet.journals = {}
    run = fleet.run(
        "switch_runtime", {**faults, "w4 cutover confirmed": SWITCH_REVERTED}, batches=[1, 3, 6], max_failures=1
    )
    assert run.code in CODES_LOST and run.gate() == ({"w2", "w4"}, {"w5", "w6", "w7", "w8", *CONTROL_PLANE})


def own_tasks(tmp_path, name, fails=""):
    """A file of tasks that calls a module which the collection's own roles never call."""
    file = tmp_path / f"{name}.yml"
    tasks = [
        {"name": "Report", "cri.switchover.cri_health": {"state": name, "node": "{{ drain_node_name }}"}},
        {"name": "Fail", "ansible.builtin.fail": {"msg": "x"}, "when": f"inventory_hostname == '{fails}'"},
    ]
    file.write_text(json.dumps(tasks), encoding="utf-8")
    return str(file)


# The host that fails in its own tasks or in a module, and the calls for it. "before" and "after" are its own tasks.
WHOLE = ["before", *WINDOW[:3], "after", WINDOW[3]]


@pytest.mark.parametrize(
    "fails, faults, wanted",
    [
        rest({}, {}, WHOLE),
        rest({"before": "w2"}, {}, ["before", "node_drain uncordoned", "after"]),
        rest({"after": "w2"}, {}, WHOLE[:5]),
        rest({}, {"w2 node_drain drained": FAILED}, ["before", WINDOW[0], "node_drain uncordoned", "after"]),
        (
            {},
            {"w2 cutover confirmed": SWITCH_REVERTED},
            ["before", *WINDOW[:2], "cutover reverted", "node_drain uncordoned", "after"],
        ),
        rest({}, {"w2 cutover confirmed": dict(FAILED, phase="revert_failed")}, ["before", *WINDOW[:2]]),
    ],
)
def test_the_operators_tasks_stand_round_the_window(fleet, tmp_path, fails, faults, wanted):
    tasks = {name: own_tasks(tmp_path, name, fails.get(name, "")) for name in ("before", "after")}
    run = fleet.run(
        "switch_runtime",
        faults,
        batches=[1, 3],
        only=WORKERS[:4],
        before_drain_tasks=tasks["before"],
        after_uncordon_tasks=tasks["after"],
    )
    asked = {host: [what.removeprefix("cri_health ") for what in order(run, host)] for host in WORKERS[:4]}
    assert asked == {**{host: WHOLE for host in ("w1", "w3", "w4")}, "w2": wanted}
    assert run.gate() == (None if wanted == WHOLE else ({"w2"}, set()))


def order(run, host):
    hooks = {"cri_health before", "cri_health after"}
    return [c.what for c in run.calls if c.host == host and (c.what in hooks or c.what in run.window(host))]
