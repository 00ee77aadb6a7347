"""Faults of the machine and of people, as named fault cases, by real means: a full disk, a changed clock, no Docker."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Callable

from lab.paths import ROOT

from .drive import COMMAND, HOME, STATE, Driver, Wrong
from .fault_cases import AWAY, FINISHED, REFUSED, REVERT_BLOCKED, REVERTED, FaultCase

KIND = "environment"
MANUAL = ROOT / "docs" / "operations.md"
CONFIG, FLAGS = "/etc/containerd/config.toml", "/var/lib/kubelet/kubeadm-flags.env"
DRIVES: dict[str, Callable[[Driver, FaultCase], str]] = {"run": Driver.run}
NAMED: list[FaultCase] = []


def named(name: str, *outcomes: str, level: int = 1, **more):
    """Registers a drive under the name of its case."""

    def register(drive):
        DRIVES[name] = drive
        NAMED.append(FaultCase(f"env/{name}", KIND, level, outcomes, drive=name, **more))
        return drive

    return register


def sabotage(unit: str, condition: str) -> str:
    """A shell line: the unit starts only while the condition holds."""
    path = f"/etc/systemd/system/{unit}.service.d/zz-fault.conf"
    text = f"[Service]\nExecStartPre=/bin/sh -c '{condition}'"
    return f"mkdir -p {path.rpartition('/')[0]}; cat >{path} <<'EOF'\n{text}\nEOF\nsystemctl daemon-reload"


def fix(unit: str) -> str:
    directory = f"/etc/systemd/system/{unit}.service.d"
    return f"rm -f {directory}/zz-fault.conf; rmdir --ignore-fail-on-non-empty {directory}; systemctl daemon-reload"


def when(step: str, then: str) -> str:
    """A shell line that waits for the journal to name a step, in the background, and then does something."""
    script = f"until grep -q '\"{step}\"' {STATE}/journal.json; do sleep 0.1; done\n{then}"
    start = f"systemd-run --quiet --collect --unit=cri-faults-later sh {HOME}/later"
    return f"cat >{HOME}/later <<'EOF'\n{script}\nEOF\n{start}"


def false_crictl(body: str) -> dict:
    """What `prepare` needs for a crictl that is this shell script, beside the true one."""
    path = f"{HOME}/crictl"
    return {"setup": f"cat >{path} <<'EOF'\n#!/bin/sh\n{body}\nEOF\nchmod 755 {path}", "plan": {"crictl": path}}


def ended(driver: Driver, case: FaultCase, reason: str, undo: str = "", **prepare) -> str:
    """Start, wait, undo what was done to the machine, then judge: what failed must have failed for this reason."""
    answer = driver.prepare(case, **prepare)
    if answer.get("code"):
        driver.notes.append(str(answer["start"].get("reason")))
        raise Wrong(f"it did not start: {answer}")
    phase = driver.watch(case.watchdog + 240)
    died_of = str(driver.journal().get("reason"))
    driver.notes.append(died_of)
    if undo:
        driver.ssh(undo)
    outcome = driver.conclude(phase)
    if died_of != reason:
        raise Wrong(f"it failed for {died_of}, not for {reason}")
    return outcome


# ---- the target does not work ------------------------------------------------------------------------------------


@named("containerd-refuses", REVERTED)
def containerd_refuses(d: Driver, case: FaultCase) -> str:
    setup = sabotage("containerd", f'! grep -q "SystemdCgroup = true" {CONFIG}')
    # The drop-in is part of what must still be there afterwards: taken away before the check.
    return ended(d, case, "CRI-COMMAND-FAILED", setup=setup, undo=fix("containerd"))


@named("cri-plugin-disabled", REVERTED)
def cri_disabled(d: Driver, case: FaultCase) -> str:
    text = d.ssh(f"cat {HOME}/staged{CONFIG} 2>/dev/null || cat {STATE}/staged{CONFIG}")
    old = next((line for line in text.splitlines() if line.startswith("disabled_plugins")), None)
    edit = {"path": CONFIG, "old": old, "new": 'disabled_plugins = ["io.containerd.grpc.v1.cri"]'}
    if old is None:
        first = next(line for line in text.splitlines() if line.startswith("version"))
        edit = {"path": CONFIG, "old": first, "new": f'{first}\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]'}
    return ended(d, case, "CRI-RUNTIME-SILENT", edits=(edit,))


@named("crictl-hangs", REVERTED)
def crictl_hangs(d: Driver, case: FaultCase) -> str:
    return ended(d, case, "CRI-RUNTIME-SILENT", **false_crictl("exec sleep 100000"))


@named("kubelet-bad-flag", REVERTED)
def kubelet_bad_flag(d: Driver, case: FaultCase) -> str:
    edit = {"path": FLAGS, "old": "--container-runtime=remote", "new": "--container-runtime=remote --no-such-flag"}
    return ended(d, case, "CRI-KUBELET-DOWN", edits=(edit,))


@named("no-cni-configuration", REVERTED)
def no_cni(d: Driver, case: FaultCase) -> str:
    # containerd's CRI plugin makes an empty one at its start.
    undo = "rmdir /etc/cni/net.d 2>/dev/null; mv -T /etc/cni/net.d.off /etc/cni/net.d"
    return ended(d, case, "CRI-NETWORK-NOTREADY", setup="mv /etc/cni/net.d /etc/cni/net.d.off", undo=undo)


@named("pause-image-missing", REVERTED, options={"spoils": True})
def no_pause(d: Driver, case: FaultCase) -> str:
    image = d.base.plan["pause_image"]
    setup = (
        f"digest=$(ctr -n k8s.io images ls | awk -v i={image} '$1 == i {{print $3}}'); "
        "ctr -n k8s.io images rm $(ctr -n k8s.io images ls | awk -v d=$digest '$3 == d {print $1}')"
    )
    return ended(d, case, "CRI-PAUSE-MISSING", setup=setup)


# ---- the disk ----------------------------------------------------------------------------------------------------


def small_disk(spare_kib: int) -> str:
    """STATE on a file system of its own, with so much free space."""
    return (
        f"cp -a {STATE} /run/cri-faults/copy; size=$(du -sk /run/cri-faults/copy | cut -f1); "
        f"mount -t tmpfs -o mode=0700,size=$((size + {spare_kib}))k tmpfs {STATE}; "
        f"cp -a /run/cri-faults/copy/. {STATE}/"
    )


@named("disk-full-before", REFUSED)
def disk_full_before(d: Driver, case: FaultCase) -> str:
    answer = d.prepare(case, setup=small_disk(200))
    said = answer["start"]
    phase = d.journal()["phase"]
    d.ssh(f"umount {STATE}")
    if not said.get("refused") and not said.get("failed") or said.get("reason") != "CRI-CUTOVER-DISK-FULL":
        raise Wrong(f"not refused: {answer}")
    if phase != "staged":
        raise Wrong(f"refused, but {phase}")
    d.check_docker("staged")
    return REFUSED


@named("disk-full-journal", REVERTED)
def disk_full_journal(d: Driver, case: FaultCase) -> str:
    fill = f"dd if=/dev/zero of={STATE}/fill bs=4k"
    d.prepare(case, setup=small_disk(1600) + "; " + when("stop_pods", fill))
    try:
        outcome = d.conclude(d.watch(case.watchdog + 240))
        d.notes.append(str(d.journal().get("reason")))
        if d.journal().get("reason") not in ("CRI-CUTOVER-JOURNAL", "CRI-CUTOVER-ERROR"):
            raise Wrong(f"the full disk was not met: {d.journal().get('error')}")
    finally:
        d.ssh(f"umount {STATE}", check=False)
    return outcome


# ---- somebody else -----------------------------------------------------------------------------------------------


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


def confirmed(d: Driver, case: FaultCase, **prepare) -> None:
    d.prepare(case, **prepare)
    phase = d.watch(case.watchdog + 120)
    if phase != "switched" or d.confirm().get("phase") != "confirmed":
        raise Wrong(f"no switch to revert: {phase}, {d.journal().get('error')}")


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


# ---- time --------------------------------------------------------------------------------------------------------


HOUR = 3600


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


def until_reverting(d: Driver, case: FaultCase) -> None:
    deadline = time.monotonic() + case.watchdog + 90
    while d.journal()["phase"] == "switched":
        if time.monotonic() > deadline:
            raise Wrong("no watchdog expired")
        time.sleep(1)


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


# ---- the revert ---------------------------------------------------------------------------------------------------


def finalized(d: Driver, case: FaultCase, **prepare) -> None:
    confirmed(d, case, **prepare)
    d.check_target()
    said = d.command("finalize")
    if said.get("phase") != "finalized":
        raise Wrong(f"not finalized: {said}")


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


# ---- the boot ----------------------------------------------------------------------------------------------------


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
