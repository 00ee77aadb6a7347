# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods that are to leave a node, each on its own clock: whom to ask for now, when again, what came of it.

Pure: no I/O, and time is given. One thread owns it.
"""

import random

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 5.0  # kubectl asks every 5 seconds
JITTER = 0.25  # so that many drains that wait for one budget do not ask together
# An eviction that was accepted marks the pod as terminating at once. Something in between may have lost it.
ACCEPTED_PAUSE = 30.0


class Evictions(object):
    def __init__(self, chance=random.random):
        self._chance = chance
        self._pods: dict = {}
        self.left_pods: list = []  # reports, in the order in which the pods left

    def add(self, entry, now, terminating=False):
        """A pod that is to leave. Known ones stay as they are, but for `terminating` and their budgets."""
        known = self._pods.setdefault(
            entry["uid"],
            {
                "entry": entry,
                "began": now,
                "attempts": 0,
                "refused": 0,
                "due": now,
                "asking": False,
                "waited": terminating,
                "terminating": False,
                "verdict": "unasked",
                "message": "its eviction was not asked for yet",
            },
        )
        known["terminating"] = known["terminating"] or terminating
        if not known["terminating"]:  # budgets come and go, and hold no pod that has yet to run; nor one that ends
            known["entry"] = dict(known["entry"], pdbs=entry["pdbs"])

    def __contains__(self, uid):
        return uid in self._pods

    def __len__(self):
        return len(self._pods)

    def uids(self):
        return set(self._pods)

    def due(self, now):
        """Entries to ask for now, the longest due first; each is being asked for until answered() is called."""
        found = [p for p in self._pods.values() if not (p["asking"] or p["terminating"]) and p["due"] <= now]
        found.sort(key=lambda pod: pod["due"])
        for pod in found:
            pod["asking"] = True
            pod["attempts"] += 1
            if pod["verdict"] == "unasked":
                pod["message"] = "no answer to its eviction yet"
        return [pod["entry"] for pod in found]

    def wakeup(self):
        """When due() has something next, or None."""
        times = [p["due"] for p in self._pods.values() if not (p["asking"] or p["terminating"])]
        return min(times) if times else None

    def answered(self, uid, now, verdict=None, message=None, retry_after=None):
        """verdict: of _drain_plan.judge_refusal, or None for an eviction that was accepted."""
        pod = self._pods.get(uid)
        if pod is None:
            return  # gone meanwhile
        pod.update(asking=False, verdict=verdict, message=message)
        if verdict == "gone":
            self.gone(uid, now)
        elif verdict is None:
            pod["due"] = now + ACCEPTED_PAUSE
        else:
            pod["refused"] += 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (pod["refused"] - 1))
            pod["due"] = now + max(pause, retry_after or 0) * (1 + JITTER * self._chance())

    def terminating(self, uid):
        if uid in self._pods:
            self._pods[uid]["terminating"] = True

    def gone(self, uid, now):
        pod = self._pods.pop(uid, None)
        if pod is not None:
            report = dict(pod["entry"], attempts=pod["attempts"], seconds=round(now - pod["began"], 1))
            self.left_pods.append((pod["waited"], report))

    def not_gone(self, uid):
        """It was said to be gone, and is there all the same."""
        self.left_pods = [(waited, report) for waited, report in self.left_pods if report["uid"] != uid]

    def waiting(self):
        """[(entry, verdict, message, attempts)] of the pods that are still there, those that a budget holds first.

        verdict: as in answered(), None also for a pod that is ending, "unasked" for one without an answer so far.
        """
        held = []
        for pod in self._pods.values():
            verdict, message = (None, None) if pod["terminating"] else (pod["verdict"], pod["message"])
            held.append((pod["entry"], verdict, message, pod["attempts"]))
        return sorted(held, key=lambda h: (h[1] != "budget", h[1] is None, h[0]["namespace"], h[0]["name"]))
