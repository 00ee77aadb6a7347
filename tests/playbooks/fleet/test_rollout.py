"""One node fails, or is lost, in each phase: what ran where, what was not started, the messages, and the order."""

import pytest
from playbooks.fleet.fleet import CONTROL_PLANE, FAILED, HOSTS, LOST, SILENT, STAGE, SWITCH_REVERTED, WINDOW, WORKERS

ALONE = [["cp1"], ["cp2"]]
# switchover_batches and forks, and what they make of eight workers and two of the control plane.
BATCHES = {
    "one by one": ([1], 10, [["w1"], ["w2"], ["w3"], ["w4"], ["w5"], ["w6"], ["w7"], ["w8"]]),
    "the default": ([1, "25%"], 10, [["w1"], ["w2", "w3"], ["w4", "w5"], ["w6", "w7"], ["w8"]]),
    "growing": ([1, 3, 6], 10, [["w1"], ["w2", "w3", "w4"], ["w5", "w6", "w7", "w8"]]),
    "halves": (["50%"], 10, [["w1", "w2", "w3", "w4"], ["w5", "w6", "w7", "w8"]]),
    "halves, forks for three": (["50%"], 3, [["w1", "w2", "w3"], ["w4", "w5", "w6"], ["w7", "w8"]]),
    "all at once": ([10], 10, [WORKERS]),
}
SHORT = ("halves, forks for three",)

# Where a host is lost and another then fails at the gate, ansible-core 2.16 ends with 2, and 2.19 with 4.
CODES_LOST = (2, 4)

# The calls for the node that fails, after the failed one. There are no more calls for a lost node.
AFTERWARDS = {
    "node_drain drained": ["node_drain uncordoned"],
    "cutover confirmed": ["cutover reverted", "node_drain uncordoned"],
    "node_drain uncordoned": [],
    "cutover finalized": [],
}


def long_unless(short, *values):
    return pytest.param(*values, marks=() if short else pytest.mark.long)


def fault(what, lost):
    if lost:
        return LOST
    return SWITCH_REVERTED if what == "cutover confirmed" else FAILED


def one_after_the_other(run, batches):
    """Nothing of a batch begins before all of the one before has ended."""
    spans = [run.span(batch) for batch in batches]
    return all(ended <= began for (_, ended), (began, _) in zip(spans, spans[1:], strict=False))


@pytest.mark.parametrize("name", [long_unless(name in SHORT, name) for name in BATCHES])
def test_the_last_one_of_the_control_plane_fails(fleet, name):
    """All batches but the last have run: their order, their sizes, and who comes last."""
    sizes, forks, batches = BATCHES[name]
    run = fleet.run("switch_runtime", {"cp2 cutover confirmed": SWITCH_REVERTED}, forks=forks, batches=sizes)
    assert run.code == 2 and run.gate() == ({"cp2"}, set())
    healthy = {host: WINDOW for host in HOSTS if host != "cp2"}
    assert run.windows() == {**healthy, "cp2": WINDOW[:2] + AFTERWARDS["cutover confirmed"]}
    assert one_after_the_other(run, batches + ALONE)


def cases():
    for name, (_sizes, _forks, batches) in BATCHES.items():
        # In a batch of several nodes, if there is one, and with other batches after it.
        batch = next((batch for batch in batches if len(batch) > 1), batches[len(batches) // 2])
        for what in WINDOW:
            for lost in (False, True):
                # In each run of the tests every phase fails, and in every other one it is lost.
                short = name == "growing" and (not lost or what in WINDOW[1::2])
                yield long_unless(short, name, batch[-1], what, lost)


@pytest.mark.parametrize("name, host, what, lost", list(cases()))
def test_one_fails_in_its_window(fleet, name, host, what, lost):
    sizes, forks, batches = BATCHES[name]
    run = fleet.run("switch_runtime", {f"{host} {what}": fault(what, lost)}, forks=forks, batches=sizes)
    until = next(number for number, batch in enumerate(batches) if host in batch)
    begun = [name for batch in batches[: until + 1] for name in batch]
    alone = batches[until] == [host]
    # The other nodes of the batch finish. No node of a later batch starts.
    its_own = WINDOW[: WINDOW.index(what) + 1] + ([] if lost else AFTERWARDS[what])
    assert run.windows() == {**{name: WINDOW for name in begun}, host: its_own}
    assert one_after_the_other(run, batches[: until + 1])
    assert run.code in (CODES_LOST if lost else (2,)), run.output
    # If a whole batch is lost, no host is left that could report it. Ansible itself ends the run.
    assert run.gate() == (None if lost and alone else ({host}, set(HOSTS) - set(begun)))


@pytest.mark.parametrize("lost", [False, True])
def test_one_cannot_be_read(fleet, lost):
    run = fleet.run("switch_runtime", {"w3 node_runtime_info": LOST if lost else FAILED}, batches=[1, 3, 6])
    assert run.code == 2 and "CRI-PREFLIGHT: 1 blocker, nothing was changed." in run.output
    assert ("CRI-PF-UNREACHABLE" if lost else "CRI-PF-NO-FACTS") in run.output
    # All the others were read: every blocker is reported at once.
    assert sorted(call.host for call in run.calls if call.what == "node_runtime_info") == sorted(HOSTS)
    assert run.windows() == {} and not any(run.staging(host) for host in HOSTS)


@pytest.mark.parametrize(
    "what, lost",
    [
        long_unless((what, lost) in [("image_transfer", True), ("cutover staged", False)], what, lost)
        for what in STAGE
        for lost in (False, True)
    ],
)
def test_one_cannot_be_staged(fleet, what, lost):
    run = fleet.run("switch_runtime", {f"w3 {what}": LOST if lost else FAILED}, batches=[1, 3, 6])
    assert run.code in (CODES_LOST if lost else (2,))
    assert "CRI-STAGE-INCOMPLETE: not staged: w3. No node was drained" in run.output
    staged = {host: STAGE for host in HOSTS if host != "w3"}
    assert {host: run.staging(host) for host in HOSTS} == {**staged, "w3": STAGE[: STAGE.index(what) + 1]}
    assert run.windows() == {}


def test_a_lost_canary_stops_it_all(fleet):
    run = fleet.run("switch_runtime", {"w1 cutover confirmed": LOST}, batches=[1, "25%"])
    assert run.code in CODES_LOST and run.windows() == {"w1": WINDOW[:2]}


@pytest.mark.parametrize(
    "host, never_started",
    [
        ("w1", set(HOSTS) - {"w1"}),
        pytest.param("cp1", {"cp2"}, marks=pytest.mark.long),
    ],
)
def test_one_alone_in_its_batch_cannot_be_returned_to_service(fleet, host, never_started):
    """It stays in the play, so that a host is left that can report for the gate."""
    reverted_and_not_verified = {f"{host} cutover confirmed": SWITCH_REVERTED, f"{host} cutover reverted": FAILED}
    run = fleet.run("switch_runtime", reverted_and_not_verified, batches=[1, "25%"])
    assert run.code == 2 and run.gate() == ({host}, never_started)
    assert f"Last seen: {host}: its journal last showed reverted. The next run" in run.output
    assert f"{host}: NOT RETURNED TO SERVICE." in " ".join(run.output.split())
    assert run.windows()[host] == WINDOW[:2] + ["cutover reverted"]


def test_several_of_a_batch_fail_each_in_its_own_way(fleet):
    faults = {
        "w2 cutover confirmed": SWITCH_REVERTED,
        "w2 cutover reverted": FAILED,  # on Docker, and not verified there
        "w3 cutover finalized": LOST,
        "w5 cutover confirmed": SILENT,
        "w7 node_drain drained": FAILED,
    }
    run = fleet.run("switch_runtime", faults, batches=["100%"])
    assert run.gate() == ({"w2", "w3", "w5", "w7"}, set(CONTROL_PLANE)) and run.code in CODES_LOST
    seen = {"w2": "reverted", "w3": "confirmed", "w5": "switching"}
    phases = "; ".join(f"{host}: its journal last showed {phase}" for host, phase in seen.items())
    assert f"Last seen: {phases}. The next run" in run.output
    assert run.windows() == {
        "w1": WINDOW,
        "w4": WINDOW,
        "w6": WINDOW,
        "w8": WINDOW,
        # None of these is in service again before an operator has checked it.
        "w2": WINDOW[:2] + ["cutover reverted"],
        "w5": WINDOW[:2],
        "w3": WINDOW,
        "w7": [WINDOW[0], "node_drain uncordoned"],
    }


def test_a_revert_stops_in_the_same_way(fleet):
    fleet.journals = {host: "finalized" for host in HOSTS}
    blocked = dict(FAILED, phase="revert_blocked")
    run = fleet.run("revert", {"w3 cutover reverted": blocked}, batches=[1, 3, 6])
    assert run.code == 2 and run.gate() == ({"w3"}, {"w5", "w6", "w7", "w8", *CONTROL_PLANE})
    whole = ["node_drain drained", "cutover reverted", "node_drain uncordoned"]
    checked = ["cutover revertible"]
    assert run.windows() == {
        **{host: checked for host in HOSTS},
        **{host: checked + whole for host in ("w1", "w2", "w4")},
        "w3": checked + whole[:2],
    }
