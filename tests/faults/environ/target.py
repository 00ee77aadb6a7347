"""The target does not work."""

from __future__ import annotations

from ..drive import HOME, STATE, Driver, Wrong
from ..fault_cases import REVERTED, FaultCase
from .common import CONFIG, FLAGS, false_crictl, fix, registered_in, sabotage

NAMED: list[FaultCase] = []
named = registered_in(NAMED)


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
