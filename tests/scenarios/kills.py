"""Where a run is killed, and where its first node must then come to rest. Pure; made from the engine's own steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

# What ansible itself reports: the name of a task of the playbooks, or of a module on the node.
REPORTED = {
    "assessed": "Report what will happen",
    "staging": "Stage the files, checked by the installed runtime",
    "staged": "Stop before any window if a node is not prepared",
    "drained": "cri.switchover.node_drain",
}
FORTH = (None, "staged", "switching", "switched", "confirmed", "finalized")
BACK = (None, "staged", "switching", "reverting", "reverted")

# The worthiest, for a long test run. The one of every run is in test_killed.py: it need not wait for a watchdog.
LONG = (
    "staged",
    "drained",
    "switching/take_before_images",
    "switching/stop_pods",
    "switching/start_kubelet",
    "reverting/revert_files",
    "switched",
    "confirmed",
    "uncordoned",
)
# After these the later runs go over all nodes; a second node's switch costs five minutes and shows the same each time.
WHOLE = ("drained", "switching/start_kubelet", "confirmed")


@dataclass(frozen=True)
class Kill:
    name: str
    # The journal's phase right after it, and when the node has come to rest alone. None: there is no journal.
    killed_in: tuple[str | None, ...]
    ends: tuple[str | None, ...]
    # Is the run's cordon on the node, for a later run to remove?
    cordoned: bool

    @property
    def phase(self) -> str:
        return self.name.partition("/")[0]

    @property
    def step(self) -> str:
        return self.name.partition("/")[2]

    @property
    def mark(self) -> str:
        return "long" if self.name in LONG else "all"

    @property
    def whole(self) -> bool:
        return self.name in WHOLE

    @property
    def reverted(self) -> bool:
        return self.ends == ("reverted",)

    @property
    def unconfirmed(self) -> bool:
        """Nobody is left to confirm it: the watchdog is what reverts it."""
        return self.phase in ("switching", "switched")


def kills(steps: dict[str, list[str]]) -> list[Kill]:
    """At every boundary between phases and in every step, in the order in which a run comes by. steps: the engine's."""
    return [
        Kill("assessed", (None,), (None,), False),
        Kill("staging", (None,), (None,), False),
        Kill("staged", ("staged",), ("staged",), False),
        Kill("draining", ("staged",), ("staged",), True),
        Kill("drained", ("staged",), ("staged",), True),
        *(Kill(f"switching/{step}", ("switching",), ("reverted",), True) for step in steps["switch"]),
        *(Kill(f"reverting/{step}", ("reverting",), ("reverted",), True) for step in steps["revert"]),
        Kill("switched", ("switched",), ("reverted",), True),
        Kill("confirmed", ("confirmed",), ("confirmed",), True),
        # What was begun on the node goes on there.
        Kill("uncordoned", ("confirmed", "finalized"), ("confirmed", "finalized"), False),
        Kill("finalized", ("finalized",), ("finalized",), False),
    ]


class Sight(Protocol):
    """What can be seen of a run from outside."""

    def ended(self, name: str) -> bool:
        """Has this task, or this module on the node, ended well?"""

    def journal(self) -> dict: ...

    def cordon(self) -> tuple[bool, bool]:
        """(unschedulable, by a run of ours)"""


def reached(kill: Kill, sight: Sight) -> bool:
    """Is it time? A run that is past it already fails the test: the kill would show something else."""
    if kill.phase in REPORTED:
        return sight.ended(REPORTED[kill.phase])
    if kill.phase == "draining":
        return sight.cordon() == (True, True)
    journal = sight.journal()
    if kill.phase == "uncordoned":
        return journal.get("phase") in kill.killed_in and sight.cordon() == (False, False)
    assert not passed(kill, journal), f"{kill.name} is over, the node is {journal.get('phase')} already"
    begun = [step["name"] for step in journal.get("steps", [])]
    return journal.get("phase") == kill.phase and (not kill.step or kill.step in begun)


def passed(kill: Kill, journal: dict) -> bool:
    way = BACK if kill.phase == "reverting" else FORTH
    phase = journal.get("phase")
    return phase not in way or way.index(phase) > way.index(kill.phase)


def unrest(ends: tuple[str | None, ...], phase: str | None, units: list[str], lock: dict | None) -> list[str]:
    """What is still to come until a node is at rest, in one of these phases."""
    found = []
    if phase not in ends:
        found.append(f"its phase is {phase}, wanted {' or '.join(map(str, ends))}")
    if units:
        found.append(f"units of the engine are there: {', '.join(units)}")
    if lock:
        found.append(f"{lock['owner']} still has it locked for {lock['seconds_left']} s")
    return found
