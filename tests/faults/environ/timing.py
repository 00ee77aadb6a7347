"""The clock jumps, or nobody confirms in time."""

from __future__ import annotations

import json
import time

from ..drive import COMMAND, STATE, Driver, Wrong
from ..fault_cases import FINISHED, REVERTED, FaultCase
from .common import DRIVES, KIND, registered_in, until_reverting, when

HOUR = 3600
NAMED: list[FaultCase] = []
named = registered_in(NAMED)


def clock(d: Driver, case: FaultCase, by: str, confirm: bool) -> str:
    setup = "systemctl stop systemd-timesyncd 2>/dev/null || true; "
    d.prepare(case, setup=setup + when("stop_pods", f'date -s "{by}"'))
    began = time.monotonic()
    try:
        phase = d.watch(case.watchdog + 240)
        if phase == "switched" and not confirm:
            while d.journal()["phase"] == "switched" and time.monotonic() < began + case.watchdog + 60:
                time.sleep(1)
            took = time.monotonic() - began
            if took < case.watchdog - 20:
                raise Wrong(f"the watchdog expired {took:.0f} s after the start, wanted {case.watchdog}")
            phase = d.watch(240)
        off = float(d.ssh("date +%s")) - time.time()
        if abs(off) < HOUR - 600 or (off > 0) != by.startswith("+"):
            raise Wrong(f"the clock did not jump: it is {off:.0f} s off")
    finally:
        d.set_clock()
    return d.conclude(phase)


@named("clock-forward", FINISHED)
def clock_forward(d: Driver, case: FaultCase) -> str:
    return clock(d, case, "+1 hour", confirm=True)


@named("clock-back", FINISHED)
def clock_back(d: Driver, case: FaultCase) -> str:
    return clock(d, case, "-1 hour", confirm=True)


@named("clock-forward-unconfirmed", REVERTED, level=2, watchdog=80)
def clock_forward_unconfirmed(d: Driver, case: FaultCase) -> str:
    return clock(d, case, "+1 hour", confirm=False)


@named("clock-back-unconfirmed", REVERTED, level=2, watchdog=80)
def clock_back_unconfirmed(d: Driver, case: FaultCase) -> str:
    return clock(d, case, "-1 hour", confirm=False)


@named("unconfirmed", REVERTED, watchdog=75)
def unconfirmed(d: Driver, case: FaultCase) -> str:
    d.prepare(case)
    if d.watch(240) != "switched":
        raise Wrong(f"ended {d.journal()['phase']}")
    until_reverting(d, case)
    return d.conclude(d.watch(240))


def at_expiry(d: Driver, case: FaultCase) -> str:
    """Confirmed or reverted, never both, and what confirm said is what it became."""
    d.prepare(case)
    if d.watch(240) != "switched":
        raise Wrong(f"ended {d.journal()['phase']}")
    late = case.options["late"]
    script = (
        "import json, subprocess, sys, time\n"
        f"end = json.load(open('{STATE}/journal.json'))['deadline'] + {late}\n"
        "time.sleep(max(end - time.monotonic(), 0))\n"
        f"sys.stdout.write(subprocess.run(['{COMMAND}', 'confirm', '--run-id', '{d.run_id}'], "
        "stdout=subprocess.PIPE).stdout.decode())\n"
    )
    said = json.loads(d.ssh("python3 -", script.encode(), timeout=300))
    d.notes.append(f"confirm {late:+.1f} s: {said.get('phase') if said.get('changed') else said.get('reason')}")
    took = said.get("phase") == "confirmed"
    time.sleep(8)
    phase = d.watch(300)
    if (phase == "confirmed") != took:
        raise Wrong(f"confirm answered {said}, and the node is {phase}")
    if took:
        d.check_target()
        d.revert_as_operator()
        return FINISHED
    return d.conclude(phase)


DRIVES["at-expiry"] = at_expiry
# The command itself takes about a second on an emulated node before it reads the clock.
NAMED += [
    FaultCase(
        f"env/confirm-at-expiry{late:+.1f}",
        KIND,
        level,
        (REVERTED, FINISHED),
        watchdog=75,
        drive="at-expiry",
        options={"late": late},
    )
    for level, late in ((1, -1.0), (2, -3.0), (2, -0.5), (3, -1.5), (3, 0.0), (3, 0.5))
]
