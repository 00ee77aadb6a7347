"""The fault cases, made from the engine's own list of steps: a new step is covered by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

# Where the promise lets a node end. Reverted and finished are the good states, revert_blocked is the named exception.
REVERTED, FINISHED, REVERT_BLOCKED, REFUSED, UNTOUCHED = (
    "reverted",
    "finished",
    "revert_blocked",
    "refused",
    "untouched",
)
WRONG = "wrong"
OUTCOMES = (REVERTED, FINISHED, REVERT_BLOCKED, REFUSED, UNTOUCHED, WRONG)

# What makes the revert begin, for faults on it. Late: all has been done that can be undone.
# Early: the target runs and is not yet verified. These steps check no more, and it saves half of the time.
# Last: kubelet has begun pods, for which revert_remove_pods restarts the target, and which it removes.
# The effects of the revert were counted there.
AWAY = {"step": "start_kubelet", "at": "before", "act": "fail"}
LAST = {"step": "start_kubelet", "at": "after", "act": "fail"}
EARLY = {"step": "verify_target", "at": "before", "act": "fail"}
EARLY_WILL_DO = (
    "revert_enable_recovery",
    "revert_stop_kubelet",
    "revert_release_network",
    "revert_unit_files",
    "revert_runtimes",
    "revert_stop_sandboxes",
    "revert_clear_checkpoints",
    "revert_start_kubelet",
)
# The steps that a boot does itself, before anything runs.
AT_BOOT = ("revert_release_network", "revert_files", "revert_unit_files")
# After a power cut before the first of these has ended, nobody reads the journal before the next run.
# Nothing is changed.
NOT_GUARDED = ("take_before_images", "enable_recovery")


@dataclass(frozen=True)
class FaultCase:
    name: str
    kind: str
    level: int
    outcomes: tuple[str, ...]
    faults: tuple[dict, ...] = ()
    # May the revert need a second command, as the next run gives it?
    asked: bool = False
    watchdog: int = 240
    drive: str = "run"
    options: dict = field(default_factory=dict)


def spread(count: int, most: int) -> list[int]:
    """At most so many of the numbers 1 to count, evenly, with both ends."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / (most - 1)) for i in range(most)})


def places(step: str, effects: int) -> list[tuple[int, str, dict]]:
    """(level, name, place) of a step, with `effects` effects."""
    found: list[tuple[int, str, dict]] = [
        (1, "before", {"step": step, "at": "before"}),
        (3, "journal-before", {"step": step, "at": "journal", "side": "before"}),
        (3, "journal-after", {"step": step, "at": "journal", "side": "after"}),
        (3, "begun", {"step": step, "at": "begun"}),
    ]
    few, many = spread(effects, 2), spread(effects, 8)
    for k in many:
        for side in ("before", "after"):
            # One in the middle for the usual run: behind the first effect of many, or before the only one.
            usual = k == few[0] and side == ("after" if effects > 1 else "before")
            level = 1 if usual else 2 if k == few[-1] and side == "after" else 3
            found.append((level, f"in-{k}-{side}", {"step": step, "at": "effect", "k": k, "side": side}))
    # To fail there is to fail behind the last effect, where there is one.
    found.append((3 if effects else 2, "after", {"step": step, "at": "after"}))
    return found


def for_dying(level: int, name: str) -> int:
    """The level of a place for an engine that only stops there.

    At a step's end all is as before the next one begins. The journal's line of that begin also reports this end.
    """
    return 3 if name == "after" else level


def generate(steps: dict[str, list[str]], effects: dict[str, int]) -> list[FaultCase]:
    """steps: as `cri-switchover steps` prints; effects: how many each has, from a trace."""
    cases = []
    first = steps["switch"][0]
    for step in steps["switch"]:
        for level, name, place in places(step, effects.get(step, 0)):
            cases += _switch(step, first, level, name, place)
    for step in steps["revert"]:
        for level, name, place in places(step, effects.get(step, 0)):
            cases += _revert(step, level, name, place)
    cases += _phases()
    cases += _boots([step for step in steps["revert"] if step in AT_BOOT], effects)
    for step in steps["switch"][steps["switch"].index("arm_watchdog") + 1 :]:
        level = 1 if step == "verify_target" else 3
        cases.append(
            FaultCase(
                f"hang/{step}", "hang", level, (REVERTED,), ({"step": step, "at": "begun", "act": "hang"},), watchdog=45
            )
        )
    return cases


def _switch(step: str, first: str, level: int, name: str, place: dict) -> list[FaultCase]:
    early = step in NOT_GUARDED
    fresh = step == first and (name in ("before", "journal-before"))
    inside = place["at"] in ("effect", "journal")
    dying = for_dying(level, name)
    made = [
        # Before anything is written down, the unit's restart simply begins again.
        FaultCase(
            f"kill/{step}/{name}",
            "engine killed",
            dying,
            (REVERTED, FINISHED) if fresh else (REVERTED,),
            ({**place, "act": "kill"},),
        ),
        FaultCase(
            f"cut/{step}/{name}",
            "power cut",
            dying,
            (UNTOUCHED,) if fresh else (REVERTED,),
            ({**place, "act": "cut"},),
            asked=early or step == "arm_watchdog" and name == "before",
        ),
        FaultCase(
            f"fail/{step}/{name}",
            "step fails",
            level if name != "before" else 3,
            (REVERTED, FINISHED) if inside else (REVERTED,),
            ({**place, "act": "fail"},),
        ),
    ]
    if place["at"] == "journal" and place["side"] == "before":
        made.append(
            FaultCase(
                f"torn/{step}/journal",
                "torn write",
                2,
                (UNTOUCHED,) if fresh else (REVERTED,),
                ({**place, "act": "torn"},),
                asked=early or step == "arm_watchdog",
            )
        )
    return made


def _revert(step: str, level: int, name: str, place: dict) -> list[FaultCase]:
    away = LAST if step == "revert_remove_pods" else EARLY if step in EARLY_WILL_DO else AWAY
    dying = for_dying(level, name)
    stays = (REVERTED, REVERT_BLOCKED) if step == "revert_check_source" else (REVERTED,)
    return [
        FaultCase(f"kill/{step}/{name}", "killed on the revert", dying, (REVERTED,), (away, {**place, "act": "kill"})),
        FaultCase(f"cut/{step}/{name}", "power cut on the revert", dying, (REVERTED,), (away, {**place, "act": "cut"})),
        # Once: it tries again by itself.
        FaultCase(
            f"fail/{step}/{name}",
            "revert fails",
            level if name != "before" else 3,
            stays,
            (away, {**place, "act": "fail"}),
        ),
    ]


def _phases() -> list[FaultCase]:
    cases = []
    for act, kind in (("kill", "engine killed"), ("cut", "power cut"), ("torn", "torn write")):
        for phase in ("switched", "reverted"):
            for side in ("before", "after"):
                if act == "torn" and side == "after":
                    continue
                place = {"step": phase, "at": "phase", "side": side, "act": act}
                faults = (place,) if phase == "switched" else (EARLY, place)
                good = (REVERTED, FINISHED) if (phase, side) == ("switched", "after") else (REVERTED,)
                cases.append(FaultCase(f"{act}/phase-{phase}/{side}", kind, 2, good, faults))
    return cases


def _boots(steps: list[str], effects: dict[str, int]) -> list[FaultCase]:
    """A power cut, and in the boot that follows the recovery itself has a fault."""
    away = {"step": "start_kubelet", "at": "before", "act": "cut"}
    cases = []
    for step in steps:
        for level, name, place in places(step, effects.get(step, 0)):
            for act in ("kill", "cut", "fail"):
                dying = level if act == "fail" else for_dying(level, name)
                cases.append(
                    FaultCase(
                        f"boot-{act}/{step}/{name}",
                        "fault in recovery at boot",
                        max(dying, 2),
                        (REVERTED,),
                        (away, {**place, "act": act, "boot": 1}),
                    )
                )
    return cases


def effects_of(trace: list[dict]) -> dict[str, int]:
    """How many effects each step had."""
    found: dict[str, int] = {}
    for line in trace:
        if line["at"] == "effect":
            found[line["step"]] = max(found.get(line["step"], 0), line["k"])
    return found


def interleaved(cases: list[FaultCase]) -> list[FaultCase]:
    """Level by level, and within one all kinds side by side: however soon it ends, what was tried is a fair sample."""
    ordered: list[FaultCase] = []
    for level in sorted({p.level for p in cases}):
        kinds: dict[str, list[FaultCase]] = {}
        for case in cases:
            if case.level == level:
                kinds.setdefault(case.kind, []).append(case)
        total = {kind: len(members) for kind, members in kinds.items()}
        # each member's place within its kind, as a share of it, orders all of them
        ranked = [((i + 0.5) / total[kind], kind, p) for kind, members in kinds.items() for i, p in enumerate(members)]
        ordered += [p for _, _, p in sorted(ranked, key=lambda item: (item[0], item[1]))]
    return ordered
