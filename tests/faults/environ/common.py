"""What the fault cases of several subjects need: how they are registered, and shell lines and drives in common."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..drive import HOME, STATE, Driver, Wrong
from ..fault_cases import FaultCase

KIND = "environment"
CONFIG, FLAGS = "/etc/containerd/config.toml", "/var/lib/kubelet/kubeadm-flags.env"
DRIVES: dict[str, Callable[[Driver, FaultCase], str]] = {"run": Driver.run}


def registered_in(cases: list[FaultCase]):
    """A subject's decorator: it has a list of its own, so that the order of the cases is not that of the imports."""

    def named(name: str, *outcomes: str, level: int = 1, **more):
        """Registers a drive under the name of its case."""

        def register(drive):
            DRIVES[name] = drive
            cases.append(FaultCase(f"env/{name}", KIND, level, outcomes, drive=name, **more))
            return drive

        return register

    return named


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


def confirmed(d: Driver, case: FaultCase, **prepare) -> None:
    d.prepare(case, **prepare)
    phase = d.watch(case.watchdog + 120)
    if phase != "switched" or d.confirm().get("phase") != "confirmed":
        raise Wrong(f"no switch to revert: {phase}, {d.journal().get('error')}")


def finalized(d: Driver, case: FaultCase, **prepare) -> None:
    confirmed(d, case, **prepare)
    d.check_target()
    said = d.command("finalize")
    if said.get("phase") != "finalized":
        raise Wrong(f"not finalized: {said}")


def until_reverting(d: Driver, case: FaultCase) -> None:
    deadline = time.monotonic() + case.watchdog + 90
    while d.journal()["phase"] == "switched":
        if time.monotonic() > deadline:
            raise Wrong("no watchdog expired")
        time.sleep(1)
