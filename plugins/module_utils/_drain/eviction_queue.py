# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods that leave a node, each on its own clock: which to evict now, when to try again, what came of it.

Pure: no I/O, and the time is an argument, in seconds of time.monotonic(). One thread owns it.
"""

import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Set, Tuple

    Entry = Dict[str, Any]  # of plan.py

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 5.0  # kubectl tries every 5 seconds
JITTER = 0.25  # so that many drains that wait for one budget do not try together
# An eviction that was accepted marks the pod as terminating at once. Something in between may have lost it.
ACCEPTED_PAUSE = 30.0


class _Pod(object):
    """One pod that leaves. ``verdict`` and ``message`` are what the last answer to its eviction said."""

    def __init__(self, entry: "Entry", now: float, terminating: bool) -> None:
        self.entry = entry
        self.began = now
        self.attempts = 0
        self.refused = 0
        self.due_at = now
        self.in_request = False
        self.only_waited = terminating  # it was terminating before the drain
        self.terminating = False
        self.verdict: "Optional[str]" = "unasked"
        self.message: "Optional[str]" = "its eviction was not requested yet"

    @property
    def is_idle(self) -> bool:
        """Whether its eviction is to be requested, now or later."""
        return not (self.in_request or self.terminating)


class EvictionQueue(object):
    """Pods by UID. ``left_pods`` are the reports of those that left, in that order, each with whether it was only
    waited for.
    """

    def __init__(self, chance: "Callable[[], float]" = random.random) -> None:
        self._chance = chance
        self._pods: "Dict[str, _Pod]" = {}
        self.left_pods: "List[Tuple[bool, Entry]]" = []

    def add(self, entry: "Entry", now: float, terminating: bool = False) -> None:
        """Add a pod that leaves. Of a known one, only ``terminating`` and its budgets change."""
        pod = self._pods.setdefault(entry["uid"], _Pod(entry, now, terminating))
        pod.terminating = pod.terminating or terminating
        if not pod.terminating:  # budgets come and go, and count only for pods that run
            pod.entry = dict(pod.entry, pdbs=entry["pdbs"])

    def __contains__(self, uid: str) -> bool:
        return uid in self._pods

    def __len__(self) -> int:
        return len(self._pods)

    def uids(self) -> "Set[str]":
        """The UIDs of the pods that have not left."""
        return set(self._pods)

    def due(self, now: float) -> "List[Entry]":
        """The entries to evict now, the longest due first. Each counts as in a request until answered() is called."""
        found = [pod for pod in self._pods.values() if pod.is_idle and pod.due_at <= now]
        found.sort(key=lambda pod: pod.due_at)
        for pod in found:
            pod.in_request = True
            pod.attempts += 1
            if pod.verdict == "unasked":
                pod.message = "no answer to its eviction yet"
        return [pod.entry for pod in found]

    def wakeup(self) -> "Optional[float]":
        """When due() has something next, or None."""
        times = [pod.due_at for pod in self._pods.values() if pod.is_idle]
        return min(times) if times else None

    def answered(
        self,
        uid: str,
        now: float,
        verdict: "Optional[str]" = None,
        message: "Optional[str]" = None,
        retry_after: "Optional[float]" = None,
    ) -> None:
        """Note the answer to an eviction: a verdict of judge_refusal(), or None for one that was accepted."""
        pod = self._pods.get(uid)
        if pod is None:
            return  # gone meanwhile
        pod.in_request, pod.verdict, pod.message = False, verdict, message
        if verdict == "gone":
            self.gone(uid, now)
        elif verdict is None:
            pod.due_at = now + ACCEPTED_PAUSE
        else:
            pod.refused += 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (pod.refused - 1))
            pod.due_at = now + max(pause, retry_after or 0) * (1 + JITTER * self._chance())

    def terminating(self, uid: str) -> None:
        """Note that a pod is terminating, so that its eviction is not requested again."""
        if uid in self._pods:
            self._pods[uid].terminating = True

    def gone(self, uid: str, now: float) -> None:
        """Note that a pod has left, with the number of attempts and the seconds since it was added."""
        pod = self._pods.pop(uid, None)
        if pod is not None:
            report = dict(pod.entry, attempts=pod.attempts, seconds=round(now - pod.began, 1))
            self.left_pods.append((pod.only_waited, report))

    def not_gone(self, uid: str) -> None:
        """Undo gone(): the pod still exists."""
        self.left_pods = [(waited, report) for waited, report in self.left_pods if report["uid"] != uid]

    def waiting(self) -> "List[Tuple[Entry, Optional[str], Optional[str], int]]":
        """Entry, verdict, message and attempts of each pod that has not left, those first that a budget holds.

        The verdict is that of answered(), None also for a pod that is terminating, and "unasked" before any answer.
        """
        held = []
        for pod in self._pods.values():
            verdict, message = (None, None) if pod.terminating else (pod.verdict, pod.message)
            held.append((pod.entry, verdict, message, pod.attempts))
        return sorted(held, key=lambda h: (h[1] != "budget", h[1] is None, h[0]["namespace"], h[0]["name"]))
