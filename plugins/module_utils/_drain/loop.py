# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Empties one node of its pods within a deadline.

plan.py says which pods leave, eviction_queue.py when each is evicted, and this does it. One thread owns all state.
Other threads only send requests and watch; what they learn goes into one queue.
"""

import queue
import time
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.cri.switchover.plugins.module_utils._drain import failures, messages, timing
from ansible_collections.cri.switchover.plugins.module_utils._drain.events import Answered, PodChanged
from ansible_collections.cri.switchover.plugins.module_utils._drain.eviction_api import judge_refusal
from ansible_collections.cri.switchover.plugins.module_utils._drain.eviction_queue import EvictionQueue
from ansible_collections.cri.switchover.plugins.module_utils._drain.evictor import Evictor
from ansible_collections.cri.switchover.plugins.module_utils._drain.known_budgets import KnownBudgets
from ansible_collections.cri.switchover.plugins.module_utils._drain.plan import plan_pods
from ansible_collections.cri.switchover.plugins.module_utils._drain.trouble import ApiTrouble
from ansible_collections.cri.switchover.plugins.module_utils._drain.volume_wait import VolumeWait
from ansible_collections.cri.switchover.plugins.module_utils._drain.watch import PodWatch
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import owners
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import pod_entry
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import stays_in_drain
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import (
    CACHED,
    PODS,
    on_node,
    server_seconds,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.times import whole_time
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.volumes import Volumes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, Dict, List, Mapping, Optional, Set

    from ansible_collections.cri.switchover.plugins.module_utils._drain.plan import Entry, Plan
    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Pods = List[Dict[str, Any]]  # objects


class Drain(object):
    """One drain: plan(), refuse(), then run(), and close() in any case.

    ``options`` are those of options.py and ``wait_volumes``. ``result`` fills as things happen: evicted, waited, kept,
    appeared, blocked, pdbs, timings and notes. ``progress`` is called with one line now and then.
    """

    def __init__(
        self,
        client: "Client",
        name: str,
        options: "Mapping[str, Any]",
        result: "Dict[str, Any]",
        progress: "Callable[[str], None]",
    ) -> None:
        self.client, self.name, self.options = client, name, options
        self.result, self.progress = result, progress
        self.events: "queue.Queue[Any]" = queue.Queue()
        self.pool = ThreadPoolExecutor(max_workers=timing.PARALLEL)
        self.evictions = EvictionQueue()
        self.evictor = Evictor(client, options, self.pool, self.events)
        self.watch = PodWatch(client, name, self.events)
        self.budgets = KnownBudgets(client, options, self._note)
        self.volumes = Volumes(client, name)
        self.trouble = ApiTrouble()
        self.owners: "owners.Facts" = {}
        self.original: "Set[str]" = set()  # UIDs of the pods that were there when the node was cordoned
        self.cordoned_at = ""
        self.gone: "Set[str]" = set()  # UIDs
        self.returned: "Set[str]" = set()  # UIDs of pods that had gone, and were listed again
        self.appeared: "Dict[str, Entry]" = {}
        self.version: "Optional[str]" = None  # resourceVersion of the last list
        self.named: "Dict[str, List[str]]" = {}  # the UIDs of the pods of each name in the last list
        self.list_at, self.progress_at = 0.0, 0.0  # by time.monotonic()

    def __enter__(self) -> "Drain":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Begin no more evictions, and wait for those that have begun."""
        self.evictor.close()

    def plan(self, cordoned_at: "Optional[str]" = None) -> "Plan":
        """Read the pods and plan, without any change; refuse() comes next. Raises KubeError.

        ``cordoned_at`` is when an earlier call cordoned the node, as in creationTimestamp.
        """
        pods = self._list(consistent=False)
        self.cordoned_at = cordoned_at or whole_time(server_seconds(self.client))
        self.original = set(
            pod["metadata"]["uid"]
            for pod in pods
            if not cordoned_at or pod["metadata"]["creationTimestamp"] <= cordoned_at
        )
        return self._judge(pods)

    def refuse(self, entries: "List[Entry]") -> None:
        """Raise DrainError when there are pods that must not be drained."""
        if entries:
            self.result["blocked"] = failures.with_remedies(entries)
            raise failures.refused(self.name, self.result["blocked"])

    def run(self, deadline: float) -> None:
        """Evict until no pod and no volume is left, or the deadline (by time.monotonic()) has passed.

        Raises DrainError and KubeError.
        """
        began = time.monotonic()
        self.client.deadline = deadline
        self.progress_at = began + timing.PROGRESS_EVERY
        try:
            self._start_watch()
            self._empty(deadline)
            self.result["timings"]["pods"] = round(time.monotonic() - began, 1)
            if self.options["wait_volumes"]:
                timeout = self.options["timeout"]
                wait = VolumeWait(self.volumes, timeout, self._note, self.progress, self.progress_at)
                seconds = wait.run(deadline)
                if seconds is not None:
                    self.result["timings"]["volumes"] = seconds
        finally:
            self.client.deadline = None

    # --- the pods of the node -----------------------------------------------------------------------------------

    def _list(self, consistent: bool) -> "Pods":
        """The node's pods: from the server's memory, or, before the drain counts as done, as etcd has them."""
        params = on_node(self.name)
        if not consistent:
            params.update(CACHED)
        pods, self.version = self.client.listing(PODS, params)
        return pods

    def _judge(self, pods: "Pods", consistent: bool = True) -> "Plan":
        now = time.monotonic()
        if not consistent:
            pods = [pod for pod in pods if pod["metadata"]["uid"] not in self.gone]
        self.budgets.read(set(pod["metadata"]["namespace"] for pod in pods if not stays_in_drain(pod)))
        self._read_owners(pods)
        version = self.budgets.version or "v1"
        entries = [pod_entry(pod, self.budgets.pdbs, version, self.owners) for pod in pods]
        numbers = self.budgets.entries()
        newcomers = self._newcomers(pods)
        plan = plan_pods(entries, numbers, self.options, newcomers)
        self.result["kept"] = plan["keep"]
        self.result["pdbs"] = self.budgets.remember(plan["evict"] + plan["refuse"], numbers)
        self._note_appeared(plan, newcomers)
        self.named = {}
        for pod in pods:
            self.named.setdefault(pod["metadata"]["name"], []).append(pod["metadata"]["uid"])
        self._follow(plan["evict"] + plan["wait"], pods, now)
        return plan

    def _newcomers(self, pods: "Pods") -> "Set[str]":
        """The UIDs of pods that came to the cordoned node. The first list may lag behind, so their age counts too."""
        return set(
            pod["metadata"]["uid"]
            for pod in pods
            if pod["metadata"]["uid"] not in self.original and pod["metadata"]["creationTimestamp"] >= self.cordoned_at
        )

    def _follow(self, leaving: "List[Entry]", pods: "Pods", now: float) -> None:
        """Bring the evictions up to date with the pods that leave by the last list."""
        uids = set(entry["uid"] for entry in leaving)
        self.volumes.note(pods, uids)
        for uid in self.evictions.uids() - uids:
            self._left(uid, now)
        for entry in leaving:
            if entry["uid"] in self.gone:
                self.gone.discard(entry["uid"])
                self.returned.add(entry["uid"])
                self.evictions.not_gone(entry["uid"])
                self._report_left()
            self.evictions.add(entry, now, terminating=entry["reason"] == "terminating")

    def _read_owners(self, pods: "Pods") -> None:
        wanted = {}
        for pod in pods:
            owner = owners.reference(pod)
            if owner and owner[:3] not in self.owners and not pod["metadata"].get("deletionTimestamp"):
                wanted[owner[:3]] = owner
        found = self.pool.map(lambda owner: owners.read(self.client, owner), wanted.values())
        self.owners.update(zip(wanted, found))

    def _note(self, text: str) -> None:
        if text not in self.result["notes"]:
            self.result["notes"].append(text)

    def _note_appeared(self, plan: "Plan", newcomers: "Collection[str]") -> None:
        for what, action in (("keep", "leave"), ("evict", "evict"), ("wait", "evict"), ("refuse", "refuse")):
            for entry in plan[what]:
                if entry["uid"] in newcomers:
                    self.appeared.setdefault(entry["uid"], dict(entry, action=action))
        self.result["appeared"] = list(self.appeared.values())

    # --- until no pod is left -----------------------------------------------------------------------------------

    def _empty(self, deadline: float) -> None:
        while True:
            now = time.monotonic()
            empty = not len(self.evictions)
            if now >= self.list_at or (empty and not self.trouble.error):
                self._check_again(consistent=empty)
                if empty and not self.trouble.error and not len(self.evictions):
                    return
            if now >= deadline:
                raise self._late(now)
            if len(self.evictions) and self._can_evict():
                for entry in self.evictions.due(now):
                    self.evictor.submit(entry)
            self._report_progress(now, deadline)
            times = [deadline, self.list_at, self.progress_at, self.evictions.wakeup() or deadline]
            self._handle_events(min(times))

    def _check_again(self, consistent: bool) -> None:
        now = time.monotonic()
        try:
            plan = self._judge(self._list(consistent), consistent)
            self.trouble.clear()
        except KubeError as exc:
            self.list_at = self.trouble.note(exc, now)
            return
        self.refuse(plan["refuse"])
        self._start_watch()

    def _start_watch(self) -> None:
        if self.watch.is_allowed:
            self.list_at = float("inf")
            self.watch.start(self.version)
        else:
            self.list_at = time.monotonic() + timing.POLL_EVERY

    def _can_evict(self) -> bool:
        """Whether it is known which version of an eviction the server has."""
        try:
            self.evictor.learn_version()
            return True
        except KubeError as exc:
            self.list_at = self.trouble.note(exc, time.monotonic())
            return False

    def _handle_events(self, until: float) -> None:
        """Handle what the other threads have learned. Wait for the first event, but not longer than ``until``."""
        try:
            event = self.events.get(timeout=max(0.0, until - time.monotonic()))
            while True:
                self._handle(event)
                event = self.events.get_nowait()
        except queue.Empty:
            return

    def _handle(self, event: "Any") -> None:
        now = time.monotonic()
        if isinstance(event, PodChanged):
            self._changed(now, event)
        elif isinstance(event, Answered):
            self._answered(now, event.entry, event.error)
        else:
            self._watch_ended(now, event.error)

    def _changed(self, now: float, event: "PodChanged") -> None:
        """A row has no UID. It means the one pod of that name in the last list, unless it is older than the list."""
        row = event.row
        if _is_older(event.version, self.version):
            return
        uids = self.named.get(row["Name"]) or []
        if len(uids) != 1:
            # A pod that is new, or one of the same name in two namespaces.
            self.list_at = min(self.list_at, now + timing.NEW_POD_DELAY)
        elif event.kind == "DELETED":
            del self.named[row["Name"]]
            self._left(uids[0], now)
        elif row.get("Status") == "Terminating":
            self.evictions.terminating(uids[0])

    def _answered(self, now: float, entry: "Entry", exc: "Optional[Exception]") -> None:
        if exc is None:
            self.evictions.answered(entry["uid"], now)
            return
        if not isinstance(exc, KubeError):
            raise exc
        verdict = judge_refusal(exc.status, exc.reason, exc.causes, exc.message)
        if verdict == "fatal":
            raise exc
        if verdict == "gone" and entry["uid"] in self.returned:
            verdict = "retry"  # whatever the server could not find, it was not the pod
        if verdict == "two-pdbs":
            self.refuse([dict(entry, reason="two-pdbs", reasons=["two-pdbs"])])
        causes = [cause.get("message") for cause in exc.details.get("causes") or [] if cause.get("message")]
        message = "; ".join([exc.message] + causes)
        if verdict == "gone":
            self._left(entry["uid"], now)
        else:
            self.evictions.answered(entry["uid"], now, verdict, message, exc.retry_after)

    def _watch_ended(self, now: float, exc: "Optional[Exception]") -> None:
        self.watch.ended()
        if isinstance(exc, KubeError) and exc.status == 403:
            self.watch.is_allowed = False
            self._note("no right to watch pods: they are listed every %d s instead" % timing.POLL_EVERY)
        elif exc is not None and not isinstance(exc, KubeError):
            raise exc
        self.list_at = min(self.list_at, now + (timing.RETRY_EVERY if exc else 0))

    def _left(self, uid: str, now: float) -> None:
        self.gone.add(uid)
        self.evictions.gone(uid, now)
        self._report_left()

    # --- reports ------------------------------------------------------------------------------------------------

    def _report_left(self) -> None:
        self.result["waited"] = [report for waited, report in self.evictions.left_pods if waited]
        self.result["evicted"] = [report for waited, report in self.evictions.left_pods if not waited]

    def _report_progress(self, now: float, deadline: float) -> None:
        if now < self.progress_at:
            return
        self.progress_at = now + timing.PROGRESS_EVERY
        if self.trouble.error:
            self.progress("waits for the API, %d s left: %s" % (deadline - now, self.trouble.error.message))
            return
        waiting = [(entry, message) for entry, _verdict, message, _attempts in self.evictions.waiting()]
        if waiting:
            self.progress(messages.waiting(waiting, deadline - now))

    def _late(self, now: float) -> Exception:
        """Why the node is not empty at the deadline."""
        blocked = self.result["blocked"] = failures.held_up(self.evictions.waiting())
        trouble = self.trouble.at_deadline(now, messages.describe(blocked))
        if trouble:
            return trouble
        numbers = self._numbers_of([entry for entry in blocked if entry["reason"] == "pdb"])
        return failures.late(self.name, self.options["timeout"], blocked, numbers)

    def _numbers_of(self, held: "List[Entry]") -> "List[Entry]":
        """The budgets that still refuse, with their numbers as they are now, as far as they can be read."""
        named = set(name for entry in held for name in entry["pdbs"])
        if named:
            try:
                self.budgets.read(set(entry["namespace"] for entry in held), again=True)
                self.result["pdbs"] = self.budgets.remember(held, self.budgets.entries())
            except KubeError:
                pass  # the numbers of the last list are good enough
        return self.budgets.remembered(named)


def _is_older(version: "Any", than: "Any") -> bool:
    """Of two resourceVersions of pods. They are numbers on etcd; where they are not, nothing counts as older."""
    try:
        return int(version) <= int(than)
    except (TypeError, ValueError):
        return False
