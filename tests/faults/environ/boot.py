"""The power is cut: the switch is finished after a boot, or reverted."""

from __future__ import annotations

import json

from ..drive import COMMAND, HOME, Driver, Wrong
from ..fault_cases import FINISHED, REVERTED, FaultCase
from .common import DRIVES, KIND, finalized, registered_in, until_reverting

NAMED: list[FaultCase] = []
named = registered_in(NAMED)


def finishing(d: Driver, case: FaultCase) -> str:
    """The operator chose to go on after a power cut."""
    watch = {**d.base.plan["watch"], "on_reboot": "finish"}
    d.prepare(case, plan={"watch": watch})
    outcome = d.conclude(d.watch(500))
    d.check_fired(case)
    return outcome


DRIVES["finishing"] = finishing
NAMED += [
    FaultCase(
        f"env/cut-and-finish/{step}",
        KIND,
        level,
        (FINISHED,),
        ({"step": step, "at": "after", "act": "cut"},),
        drive="finishing",
        watchdog=400,
    )
    for level, step in (
        (1, "stop_pods"),
        (2, "stop_kubelet"),
        (2, "write_target"),
        (3, "verify_target"),
        (2, "write_kubelet"),
        (3, "start_kubelet"),
    )
]


@named(
    "cut-and-unconfirmed",
    REVERTED,
    watchdog=75,
    faults=({"step": "switched", "at": "phase", "side": "after", "act": "cut"},),
)
def cut_and_unconfirmed(d: Driver, case: FaultCase) -> str:
    """The boot gives a switched node a watchdog of its own, which expires when nobody confirms."""
    d.prepare(case)
    if d.watch(500) != "switched":
        raise Wrong(f"ended {d.journal()['phase']}")
    d.check_fired(case)
    until_reverting(d, case)
    return d.conclude(d.watch(240))


def cut_when_finalized(d: Driver, case: FaultCase) -> str:
    """A finalized node loses its power while it is reverted."""
    finalized(d, case)
    d.wanted_cuts = 1
    faults = json.dumps({"faults": [{"step": case.options["step"], "at": "before", "act": "cut"}]})
    d.ssh(f"cat >{HOME}/case.json", faults.encode())
    d.ssh(f"{COMMAND} revert --run-id {d.run_id} --detach")
    phase = d.watch(420)
    if phase == "finalized":
        # Cut before anything of it was written: the node is what it was, and has to be asked again.
        d.asked, d.allowed = True, frozenset(["docker-off", "docker-rules"])
        d.check_target("finalized")
        d.allowed = frozenset()
        d.revert_as_operator()
        outcome = REVERTED
    else:
        outcome = d.conclude(phase)
    d.check_fired(case)
    return outcome


DRIVES["cut-when-finalized"] = cut_when_finalized
# Docker is asked before recovery is enabled again: cut there, the node works on its target, and the next run goes on.
NAMED += [
    FaultCase(
        f"env/finalized-cut/{step}",
        KIND,
        level,
        (REVERTED,),
        drive="cut-when-finalized",
        options={"step": step},
        asked=step in ("revert_check_source", "revert_enable_recovery"),
    )
    for level, step in (
        (1, "revert_files"),
        (2, "revert_check_source"),
        (2, "revert_stop_kubelet"),
        (2, "revert_runtimes"),
        (3, "revert_enable_recovery"),
        (3, "revert_remove_pods"),
        (3, "revert_start_kubelet"),
    )
]
