"""The revert of a node, in which something fails; and what an operator does then, by the manual."""

from __future__ import annotations

import json
import textwrap

from lab.paths import ROOT

from ..drive import HOME, Driver, Wrong
from ..fault_cases import AWAY, FINISHED, REVERT_BLOCKED, REVERTED, FaultCase
from .common import FLAGS, false_crictl, finalized, fix, registered_in, sabotage, when

MANUAL = ROOT / "docs" / "operations.md"
NAMED: list[FaultCase] = []
named = registered_in(NAMED)


@named("docker-refuses-on-revert", REVERT_BLOCKED)
def docker_refuses(d: Driver, case: FaultCase) -> str:
    """A finalized node whose Docker does not start any more stays and works. It is reverted once Docker is fixed."""
    finalized(d, case)
    d.ssh(sabotage("docker", "false"))
    said = d.revert()
    if said.get("phase") != "revert_blocked":
        raise Wrong(f"ended {said.get('phase')}: {said.get('error')}")
    d.notes.append(said["error"][:120])
    # A unit that systemd has unloaded since cannot be reset.
    d.ssh(fix("docker") + "; systemctl reset-failed docker.service docker.socket || true")
    d.allowed = frozenset(["docker-off"])
    d.check_target("revert_blocked")
    d.revert_as_operator()
    return REVERT_BLOCKED


@named("docker-refuses-in-cutover", REVERT_BLOCKED, level=2, faults=(AWAY,))
def docker_refuses_early(d: Driver, case: FaultCase) -> str:
    """Docker stops running containers while the switch is under way, which then fails."""
    d.prepare(case, setup=when("write_target", "systemctl mask --runtime --now docker.socket docker.service"))
    phase = d.watch(case.watchdog + 300)
    d.notes.append(f"{phase}: {d.journal().get('error')}"[:160])
    units = "docker.socket docker.service"
    d.ssh(f"systemctl unmask --runtime {units}; systemctl reset-failed {units}", check=False)
    if phase == "revert_blocked":
        d.check_target("revert_blocked")
        d.revert_as_operator()
        return REVERT_BLOCKED
    return d.conclude(phase)


@named("way-back-blocked", REVERTED, level=2, faults=(AWAY,), asked=True)
def kubelet_refuses_on_revert(d: Driver, case: FaultCase) -> str:
    """For longer than it is tried: revert_failed, and reported so. Once it is fixed, a second command goes on."""
    # Only with the target's arguments: the one that runs now is left alone.
    d.prepare(case, setup=sabotage("kubelet", f"grep -q container-runtime=remote {FLAGS}"))
    phase = d.watch(case.watchdog + 400)
    journal = d.journal()
    d.notes.append(f"{phase}: {journal.get('error')}"[-160:])
    tries = [step["outcome"] for step in journal["steps"] if step["name"] == "revert_start_kubelet"]
    if phase != "revert_failed" or tries != ["failed"] * 3:
        raise Wrong(f"ended {phase} after these tries: {tries}")
    # The watchdog may come late; what the next boot needs is still there.
    d.ssh("test -e /etc/systemd/system/cri-switchover-recover.service")
    d.ssh(fix("kubelet"))
    return d.conclude(phase)


def manual_block(after: str) -> str:
    """The commands that the manual has in its first block behind these words."""
    return textwrap.dedent(MANUAL.read_text().partition(after)[2].split("```")[1])


def by_the_manual(d: Driver, case: FaultCase, dead: bool) -> str:
    # Once it is the target's; the step before the one that fails.
    d.prepare(case, setup=when("check_leftovers", f"chattr +i {FLAGS}"))
    phase = d.watch(case.watchdog + 400)
    d.notes.append(f"{phase}: {d.journal().get('error')}"[-160:])
    if phase != "revert_failed":
        raise Wrong(f"ended {phase}")
    # Now: the trace of the fault does not outlive a reboot.
    d.seen = d.examine()
    d.check_fired(case)
    d.ssh(f"chattr -i {FLAGS}")
    if dead:
        d.ssh("systemctl stop containerd")
    said = d.ssh(f"python3 {HOME}/by_hand.py {d.run_id}", timeout=300)
    d.notes += said.splitlines()
    d.asked = True
    if dead:
        d.await_boot_after(d.seen["boot_id"])
        d.ssh(manual_block("Only if step 2 failed, and after that reboot"), timeout=300)
    d.check_docker("revert_failed")
    return REVERTED


@named("by-hand", REVERTED, level=2, faults=(AWAY,), asked=True)
def by_hand(d: Driver, case: FaultCase) -> str:
    """No revert by the engine can succeed: what the manual says an operator does, and nothing else."""
    return by_the_manual(d, case, dead=False)


@named("by-hand-target-dead", REVERTED, level=2, faults=(AWAY,), asked=True)
def by_hand_target_dead(d: Driver, case: FaultCase) -> str:
    """The same, where the target's pods run on and nobody can be asked to remove them."""
    return by_the_manual(d, case, dead=True)


@named("corrupt-checkpoints", REVERTED, faults=(AWAY,))
def corrupt_checkpoints(d: Driver, case: FaultCase) -> str:
    setup = when("write_target", "for f in /var/lib/dockershim/sandbox/*; do head -c 20 $f >$f.x; mv $f.x $f; done")
    d.prepare(case, setup=setup)
    phase = d.watch(case.watchdog + 240)
    notes = [s.get("note") for s in d.journal()["steps"] if s["name"] == "revert_clear_checkpoints"]
    if phase == "reverted" and not any(notes):
        raise Wrong("no corrupt checkpoint was met")
    d.notes += [str(note) for note in notes]
    return d.conclude(phase)


@named("three-rounds", FINISHED, level=2)
def three_rounds(d: Driver, case: FaultCase) -> str:
    """Over and back, finalized in between: nothing is left over."""
    records = []
    for number in range(3):
        finalized(d, case)
        d.revert_as_operator()
        seen = d.seen
        records.append({"sandboxes": len(seen["docker"]["all"]), "cni": len(seen["cni"]), "rules": len(seen["rules"])})
        d.notes.append(f"round {number + 1}: {json.dumps(records[-1], sort_keys=True)}")
    return FINISHED


@named("crictl-cannot-remove", FINISHED, level=2)
def crictl_cannot_remove(d: Driver, case: FaultCase) -> str:
    """It hangs only when the target's pods are to go: then by cgroup. Nothing of theirs stays, no address either."""
    real, hang = d.base.plan["crictl"], f"{HOME}/hang"
    body = f'case "$*" in *" rmp "*) test -e {hang} && exec sleep 100000;; esac; exec {real} "$@"'
    finalized(d, case, **false_crictl(body))
    d.ssh(f"touch {hang}")
    try:
        d.revert_as_operator()
    finally:
        d.ssh(f"rm -f {hang}")
    notes = [step.get("note") for step in d.journal()["steps"] if step["name"] == "revert_remove_pods"]
    if notes != ["by cgroup"]:
        raise Wrong(f"the hang was not met: {notes}")
    return FINISHED


@named("torn-result", FINISHED, level=2)
def torn_result(d: Driver, case: FaultCase) -> str:
    """A power cut soon after a pod's start leaves empty what libcni, which does not sync, keeps of its sandbox.

    The runtime cannot remove that sandbox, unless its libcni is 1.2.1 or later, nor kubelet start the pod again. The
    revert frees its address all the same.
    """
    finalized(d, case)
    d.ssh("cd /var/lib/cni/results && test -s *-eth0 && for name in *; do : >$name; done && sync")
    d.power_cut()
    # Else the revert finds nobody to ask, and does it by cgroup: another path than this one.
    d.until_runtime_answers()
    d.revert_as_operator()
    return FINISHED


@named("finalized-and-back", FINISHED)
def finalized_and_back(d: Driver, case: FaultCase) -> str:
    finalized(d, case)
    d.revert_as_operator()
    return FINISHED
