# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Empties a node of its pods, in time. _drain_plan says which pods, _evictions when each is asked for; this does it.

One thread owns all state. Others only ask (a few at a time) and watch, and put what they hear into one queue.
"""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.cri.switchover.plugins.module_utils._drain import messages
from ansible_collections.cri.switchover.plugins.module_utils._drain import plan as drain_plan
from ansible_collections.cri.switchover.plugins.module_utils._drain.evictions import Evictions
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import cluster, owners, volumes
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import KubeError

PARALLEL = 5  # connections cost bytes, and the rate limit comes first unless the server is slow
WATCH_SECONDS = 45  # then the list is read again: what a watch may have missed shows
POLL_EVERY = 2  # without the right to watch, and for volumes
RETRY_EVERY = 1  # an API that is away
SETTLE = 0.3  # pods that appear seldom come alone
TELL_EVERY = 15
PDBS_FRESH = 30
LASTING = 3  # an API that was away or busy for less, at a deadline, is not why a node is not empty


def stamp(client):
    """The server's time, as it writes creationTimestamp: the controller's clock may differ."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(client.server_time or time.time()))


def _older(version, than):
    """Of two resourceVersions of pods. Numbers, wherever etcd is below; where not, nothing counts as older."""
    try:
        return int(version) <= int(than)
    except (TypeError, ValueError):
        return False


def _stays(pod):
    return cluster.is_static(pod) or cluster.controller_of(pod)[0] == "DaemonSet"


class Drain(object):
    """plan(), refuse(), then run(). `result` fills as things happen, with what is evicted, waited, kept, appeared,
    blocked, pdbs, timings."""

    def __init__(self, client, name, options, result, progress):
        self.client, self.name, self.options = client, name, options
        self.result, self.progress = result, progress
        self.evictions = Evictions()
        self.events: queue.Queue = queue.Queue()
        self.pool, self.closing = ThreadPoolExecutor(max_workers=PARALLEL), False
        self.original, self.cordoned_at = set(), ""  # UIDs of the pods that were there when the node was cordoned
        self.gone: set = set()  # UIDs
        self.returned: set = set()  # UIDs that had gone, and were there all the same
        self.appeared: dict = {}
        self.owners: dict = {}
        self.pdbs, self.pdb_version, self.pdbs_at = [], None, None
        self.met: dict = {}  # budgets of pods that were to leave
        self.volumes = volumes.Volumes(client, name)
        self.version = None  # of the last list
        self.named: dict = {}  # name -> UIDs of the pods that it had
        self.watching, self.may_watch = False, True
        self.trouble, self.trouble_since, self.relook_at = None, 0.0, 0.0
        self.speaks = None  # the eviction's apiVersion
        self.tell_at = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def close(self):
        self.closing = True  # for what the pool has not begun; shutdown() can cancel that since Python 3.9 only
        self.pool.shutdown(wait=True)

    # --- what is there ------------------------------------------------------------------------------------------

    def plan(self, cordoned_at=None):
        """Looks, and touches nothing; refuse() comes next. cordoned_at: of an earlier call, if any."""
        pods = self._list(consistent=False)
        self.cordoned_at = cordoned_at or stamp(self.client)
        self.original = set(
            pod["metadata"]["uid"]
            for pod in pods
            if not cordoned_at or pod["metadata"]["creationTimestamp"] <= cordoned_at
        )
        return self._judge(pods)

    def _list(self, consistent):
        """The node's pods: from the server's memory, or, before the drain is called done, as etcd has them."""
        params = {"fieldSelector": "spec.nodeName=%s" % self.name}
        if not consistent:
            params.update(cluster.CACHED)
        pods, self.version = self.client.listing("/api/v1/pods", params)
        return pods

    def _judge(self, pods, consistent=True):
        now = time.monotonic()
        if not consistent:
            pods = [pod for pod in pods if pod["metadata"]["uid"] not in self.gone]
        self._read_pdbs(pods)
        self._read_owners(pods)
        entries = [cluster.pod_entry(pod, self.pdbs, self.pdb_version or "v1", self.owners) for pod in pods]
        numbers = [cluster.pdb_entry(pdb) for pdb in self.pdbs]
        # The first list may lag behind: what is older than the cordon did not come to a cordoned node.
        newcomers = set(
            pod["metadata"]["uid"]
            for pod in pods
            if pod["metadata"]["uid"] not in self.original and pod["metadata"]["creationTimestamp"] >= self.cordoned_at
        )
        plan = drain_plan.plan_pods(entries, numbers, self.options, newcomers)
        self.result["kept"] = plan["keep"]
        self._note_budgets(plan["evict"] + plan["refuse"], numbers)
        self._note_appeared(plan, newcomers)
        self.named = {}
        for pod in pods:
            self.named.setdefault(pod["metadata"]["name"], []).append(pod["metadata"]["uid"])
        leaving = plan["evict"] + plan["wait"]
        self.volumes.note(pods, set(entry["uid"] for entry in leaving))
        for uid in self.evictions.uids() - set(entry["uid"] for entry in leaving):
            self._left(uid, now)
        for entry in leaving:
            if entry["uid"] in self.gone:
                self.gone.discard(entry["uid"])
                self.returned.add(entry["uid"])
                self.evictions.not_gone(entry["uid"])
                self._report()
            self.evictions.add(entry, now, terminating=entry["reason"] == "terminating")
        return plan

    def _read_pdbs(self, pods, again=False):
        now = time.monotonic()
        namespaces = set(pod["metadata"]["namespace"] for pod in pods if not _stays(pod))
        known = self.pdbs_at is not None and now - self.pdbs_at < PDBS_FRESH and not again
        if known or not namespaces or self.options["disable_eviction"]:
            return
        self.pdbs_at = now
        try:
            self.pdb_version, self.pdbs = cluster.read_pdbs(self.client, namespaces, self.pdb_version)
        except KubeError as exc:
            if exc.status != 403:
                raise
            # Budgets hold all the same; without the right to list them they just cannot be named.
            self._note("no right to list PodDisruptionBudgets: refusals cannot name them")

    def _read_owners(self, pods):
        wanted = {}
        for pod in pods:
            owner = owners.reference(pod)
            if owner and owner[:3] not in self.owners and not pod["metadata"].get("deletionTimestamp"):
                wanted[owner[:3]] = owner
        found = self.pool.map(lambda owner: owners.read(self.client, owner), wanted.values())
        self.owners.update(zip(wanted, found))

    def _note(self, text):
        if text not in self.result["notes"]:
            self.result["notes"].append(text)

    def _note_budgets(self, entries, numbers):
        named = set(name for entry in entries for name in entry["pdbs"])
        for pdb in numbers:
            name = "%s/%s" % (pdb["namespace"], pdb["name"])
            if name in named or name in self.met:
                self.met[name] = {key: pdb[key] for key in pdb if key != "selector"}
        self.result["pdbs"] = [self.met[name] for name in sorted(self.met)]

    def _note_appeared(self, plan, newcomers):
        for what, action in (("keep", "leave"), ("evict", "evict"), ("wait", "evict"), ("refuse", "refuse")):
            for entry in plan[what]:
                if entry["uid"] in newcomers:
                    self.appeared.setdefault(entry["uid"], dict(entry, action=action))
        self.result["appeared"] = list(self.appeared.values())

    def refuse(self, entries):
        """Fails when there are any that must not be drained."""
        if entries:
            self.result["blocked"] = messages.with_remedies(entries)
            raise messages.refused(self.name, self.result["blocked"])

    # --- until none is left -------------------------------------------------------------------------------------

    def run(self, deadline):
        began = time.monotonic()
        self.client.deadline = deadline
        self.tell_at = began + TELL_EVERY
        try:
            self._start_watch()
            self._run(deadline)
            self.result["timings"]["pods"] = round(time.monotonic() - began, 1)
            if self.options["wait_volumes"]:
                self._wait_volumes(deadline)
        finally:
            self.client.deadline = None

    def _run(self, deadline):
        while True:
            now = time.monotonic()
            empty = not len(self.evictions)
            if now >= self.relook_at or (empty and not self.trouble):
                self._look_again(consistent=empty)
                if empty and not self.trouble and not len(self.evictions):
                    return
            if now >= deadline:
                raise self._late(now)
            if len(self.evictions) and self._can_ask():
                for entry in self.evictions.due(now):
                    self.pool.submit(self._ask, entry)
            self._tell(now, deadline)
            times = [deadline, self.relook_at, self.tell_at, self.evictions.wakeup() or deadline]
            self._take(min(times))

    def _look_again(self, consistent):
        now = time.monotonic()
        try:
            plan = self._judge(self._list(consistent), consistent)
            self.trouble = None
        except KubeError as exc:
            self._in_trouble(exc, now)
            return
        self.refuse(plan["refuse"])
        self._start_watch()

    def _in_trouble(self, exc, now):
        if not exc.passing:
            raise exc
        self.trouble_since = self.trouble_since if self.trouble else now
        self.trouble, self.relook_at = exc, now + max(RETRY_EVERY, exc.retry_after or 0)

    def _lasting(self, now, still):
        """The API's trouble, where that is why `still`, in words, was not seen to go; or None."""
        if not self.trouble or (still and now - self.trouble_since < LASTING):
            return None
        if still:
            messages.add(self.trouble, "When last heard of, there still were %s" % still)
        return self.trouble

    def _can_ask(self):
        """Whether it is known how to ask."""
        if not self.speaks and not self.options["disable_eviction"]:
            try:
                self.speaks = drain_plan.eviction_version(self.client.get("/api/v1"))
            except KubeError as exc:
                self._in_trouble(exc, time.monotonic())
                return False
        return True

    def _take(self, until):
        """What the other threads have heard; waits for the first of it."""
        try:
            event = self.events.get(timeout=max(0.0, until - time.monotonic()))
            while True:
                self._heard(*event)
                event = self.events.get_nowait()
        except queue.Empty:
            return

    def _heard(self, what, rest):
        now = time.monotonic()
        if what == "pod":
            self._changed(now, *rest)
        elif what == "answer":
            self._answered(now, *rest)
        else:
            (exc,) = rest
            self.watching = False
            if isinstance(exc, KubeError) and exc.status == 403:
                self.may_watch = False
                self._note("no right to watch pods: they are listed every %d s instead" % POLL_EVERY)
            elif exc is not None and not isinstance(exc, KubeError):
                raise exc
            self.relook_at = min(self.relook_at, now + (RETRY_EVERY if exc else 0))

    def _changed(self, now, kind, row, version):
        """A row has no UID: it means the one pod that had that name in the last list, unless it is older than that."""
        if _older(version, self.version):
            return
        uids = self.named.get(row["Name"]) or []
        if len(uids) != 1:
            # A pod that is new, or one of the same name in two namespaces.
            self.relook_at = min(self.relook_at, now + SETTLE)
        elif kind == "DELETED":
            del self.named[row["Name"]]
            self._left(uids[0], now)
        elif row.get("Status") == "Terminating":
            self.evictions.terminating(uids[0])

    def _left(self, uid, now):
        self.gone.add(uid)
        self.evictions.gone(uid, now)
        self._report()

    def _report(self):
        self.result["waited"] = [report for waited, report in self.evictions.left_pods if waited]
        self.result["evicted"] = [report for waited, report in self.evictions.left_pods if not waited]

    def _start_watch(self):
        if not self.may_watch:
            self.relook_at = time.monotonic() + POLL_EVERY
            return
        self.relook_at = float("inf")
        if not self.watching:
            self.watching = True
            threading.Thread(target=self._watch, args=(self.version,), daemon=True).start()

    def _watch(self, version):
        params = {"fieldSelector": "spec.nodeName=%s" % self.name, "resourceVersion": version}
        try:
            for kind, row, version in self.client.watch("/api/v1/pods", params, WATCH_SECONDS):
                self.events.put(("pod", (kind, row, version)))
            self.events.put(("watch-ended", (None,)))
        except Exception as exc:  # for the thread that owns the state
            self.events.put(("watch-ended", (exc,)))

    def _ask(self, entry):
        if self.closing:
            return
        path = "/api/v1/namespaces/%s/pods/%s" % (entry["namespace"], entry["name"])
        grace = self.options["grace"]
        try:
            if self.options["disable_eviction"]:
                self.client.once("DELETE", path, drain_plan.delete_options(entry, grace))
            else:
                self.client.once("POST", path + "/eviction", drain_plan.eviction(entry, self.speaks, grace))
            self.events.put(("answer", (entry, None)))
        except Exception as exc:  # for the thread that owns the state
            self.events.put(("answer", (entry, exc)))

    def _answered(self, now, entry, exc):
        if exc is None:
            self.evictions.answered(entry["uid"], now)
            return
        if not isinstance(exc, KubeError):
            raise exc
        verdict = drain_plan.judge_refusal(exc.status, exc.reason, exc.causes, exc.message)
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

    # --- volumes ------------------------------------------------------------------------------------------------

    def _wait_volumes(self, deadline):
        began = time.monotonic()
        left = None
        while True:
            now = time.monotonic()
            try:
                left, self.trouble = self.volumes.left(), None
            except KubeError as exc:
                if exc.status == 403:
                    self._note("no right to read VolumeAttachments: they are not waited for")
                    return
                self._in_trouble(exc, now)
            if not left and not self.trouble:
                if left is not None:
                    self.result["timings"]["volumes"] = round(now - began, 1)
                return
            if now >= deadline:
                still = "VolumeAttachments: %s" % ", ".join(left) if left else ""
                raise self._lasting(now, still) or messages.volumes_late(self.name, self.options["timeout"], left)
            if now >= self.tell_at and left:
                self.tell_at = now + TELL_EVERY
                text = "waits for %d VolumeAttachments, %d s left: %s"
                self.progress(text % (len(left), deadline - now, ", ".join(left[:3])))
            time.sleep(min(POLL_EVERY, max(0.0, deadline - now)))

    # --- told ---------------------------------------------------------------------------------------------------

    def _tell(self, now, deadline):
        if now < self.tell_at:
            return
        self.tell_at = now + TELL_EVERY
        if self.trouble:
            self.progress("waits for the API, %d s left: %s" % (deadline - now, self.trouble.message))
            return
        waiting = [(entry, message) for entry, _verdict, message, _attempts in self.evictions.waiting()]
        if waiting:
            self.progress(messages.waiting(waiting, deadline - now))

    def _late(self, now):
        blocked = self.result["blocked"] = messages.held_up(self.evictions.waiting())
        trouble = self._lasting(now, messages.describe(blocked))
        if trouble:
            return trouble
        numbers = self._numbers_of([entry for entry in blocked if entry["reason"] == "pdb"])
        return messages.late(self.name, self.options["timeout"], blocked, numbers)

    def _numbers_of(self, held):
        """The budgets that still refuse, with their numbers as they are now, as far as they can be read."""
        named = set(name for entry in held for name in entry["pdbs"])
        if named:
            try:
                self._read_pdbs([{"metadata": {"namespace": entry["namespace"]}} for entry in held], again=True)
                self._note_budgets(held, [cluster.pdb_entry(pdb) for pdb in self.pdbs])
            except KubeError:
                pass  # the numbers of the last look will do
        return [self.met[name] for name in sorted(named) if name in self.met]
