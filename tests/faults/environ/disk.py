"""The disk is full."""

from __future__ import annotations

from ..drive import STATE, Driver, Wrong
from ..fault_cases import REFUSED, REVERTED, FaultCase
from .common import registered_in, when

NAMED: list[FaultCase] = []
named = registered_in(NAMED)


def small_disk(spare_kib: int) -> str:
    """STATE on a file system of its own, with so much free space."""
    return (
        f"cp -a {STATE} /run/cri-faults/copy; size=$(du -sk /run/cri-faults/copy | cut -f1); "
        f"mount -t tmpfs -o mode=0700,size=$((size + {spare_kib}))k tmpfs {STATE}; "
        f"cp -a /run/cri-faults/copy/. {STATE}/"
    )


@named("disk-full-before", REFUSED)
def disk_full_before(d: Driver, case: FaultCase) -> str:
    try:
        answer = d.prepare(case, setup=small_disk(200))
        said = answer["start"]
        phase = d.journal()["phase"]
    finally:
        d.ssh(f"umount {STATE}", check=False)
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
