"""Somebody else changes files, or runs the engine, too."""

from __future__ import annotations

from ..drive import STATE, Driver, Wrong
from ..fault_cases import FINISHED, REFUSED, FaultCase
from .common import CONFIG, FLAGS, confirmed, registered_in

NAMED: list[FaultCase] = []
named = registered_in(NAMED)


@named("drift-before-cutover", REFUSED)
def drift_before(d: Driver, case: FaultCase) -> str:
    """A managed file changes between assess and switch: named, and it stays as that somebody made it."""
    d.prepare(case, setup=f"cp -a {FLAGS} /run/cri-faults/flags; echo '# by hand' >>{FLAGS}")
    d.watch(120)
    journal = d.journal()
    changed = d.ssh(f"tail -1 {FLAGS}").strip()
    d.ssh(f"cp -a /run/cri-faults/flags {FLAGS}")
    if journal["reason"] != "CRI-CUTOVER-DRIFT" or FLAGS not in journal["error"] or changed != "# by hand":
        raise Wrong(f"{journal['reason']}: {journal['error']}; the file ends with {changed!r}")
    if "stop_kubelet" in [step["name"] for step in journal["steps"]]:
        raise Wrong("kubelet was stopped")
    d.check_docker(journal["phase"])
    return REFUSED


@named("drift-before-revert", REFUSED)
def drift_after(d: Driver, case: FaultCase) -> str:
    """Refused and named; where drift is allowed it is reverted, and what was changed is kept."""
    confirmed(d, case)
    d.ssh(f"echo '# by hand' >>{CONFIG}")
    said = d.revert()
    if said.get("reason") != "CRI-REVERT-DRIFT" or CONFIG not in said.get("error", ""):
        raise Wrong(f"not refused: {said}")
    said = d.revert("--allow-drift")
    kept = d.ssh(f"grep -l 'by hand' {STATE}/before/{d.run_id}/changed/* || true").strip()
    if said.get("phase") != "reverted" or not kept:
        raise Wrong(f"with drift allowed: {said.get('phase')} {said.get('error')}; kept: {kept!r}")
    d.check_docker()
    return REFUSED


@named("two-runs", FINISHED)
def two_runs(d: Driver, case: FaultCase) -> str:
    d.prepare(case, start=False)
    d.command("lock", "--run-id", d.run_id, "--by-run", "first", "--owner", "alice", "--seconds", "600")
    for words in (("--by-run", "second", "--owner", "bob"), ()):
        said = d.command("start", "--run-id", d.run_id, *words)
        if said.get("reason") != "CRI-CUTOVER-BUSY" or "alice" not in said.get("error", ""):
            raise Wrong(f"not refused with {words}: {said}")
    if d.command("start", "--run-id", "another", "--by-run", "first").get("reason") != "CRI-CUTOVER-BUSY":
        raise Wrong("another run id was taken")
    mine = ("--by-run", "first", "--owner", "alice")
    both = [d.command("start", "--run-id", d.run_id, *mine) for _ in range(2)]
    if not both[0].get("started") or not both[1].get("attached"):
        raise Wrong(f"the owner of the lock could not begin, or not attach: {both}")
    if d.command("revert", "--run-id", d.run_id, "--by-run", "second").get("reason") != "CRI-CUTOVER-BUSY":
        raise Wrong("a revert by the other was taken")
    if d.watch(case.watchdog + 120) != "switched":
        raise Wrong(f"ended {d.journal()['phase']}")
    if d.command("confirm", "--run-id", d.run_id, "--by-run", "second").get("reason") != "CRI-CUTOVER-BUSY":
        raise Wrong("a confirmation by the other was taken")
    d.command("confirm", "--run-id", d.run_id, "--by-run", "first")
    d.check_target()
    d.ssh("rm -f /run/cri-switchover.lock-owner")
    d.revert_as_operator()
    return FINISHED
