# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cordon, drain and uncordon one node through the API. What to do is planned in _drain_plan; this does it, in time."""

import time

from ansible_collections.cri.switchover.plugins.module_utils import _cluster, _drain_plan
from ansible_collections.cri.switchover.plugins.module_utils._kube import KubeError

LOOK_EVERY = 1
TRY_EVERY = 5  # as kubectl does after a PodDisruptionBudget's refusal
PATCH_TRIES = 10


class DrainError(Exception):
    def __init__(self, reason, message, details):
        super(DrainError, self).__init__("%s: %s" % (reason, message))
        self.reason = reason
        self.message = message
        self.details = details


class Node(object):
    """One node, its cordon and its pods. `result` fills as things happen, and stands when an error ends it."""

    def __init__(self, client, name, run_id, check_mode=False):
        self.client = client
        self.name = name
        self.run_id = run_id
        self.check_mode = check_mode
        self.path = "/api/v1/nodes/%s" % name
        self.result: dict = {"node": name, "run_id": run_id, "changed": False, "notes": []}

    def read(self):
        try:
            return self.client.get(self.path)
        except KubeError as exc:
            if exc.status != 404:
                raise
            raise DrainError(
                "CRI-DRAIN-NODE",
                "the cluster has no node %s. Set switchover_node_name to the name its kubelet registered" % self.name,
                {"node": self.name},
            ) from exc

    def _patch(self, plan, keys):
        """Patch what `plan(node)` says; a node that changed meanwhile is read and planned again."""
        for attempt in range(1, PATCH_TRIES + 1):
            node = self.read()
            patch = plan(node)
            self.result["diff"] = {
                "before": _drain_plan.node_view(node, None, keys),
                "after": _drain_plan.node_view(node, patch, keys),
            }
            self.result["unschedulable"] = self.result["diff"]["after"]["unschedulable"]
            if not patch:
                return False
            self.result["changed"] = True
            if self.check_mode:
                return True
            patch.setdefault("metadata", {})["resourceVersion"] = node["metadata"]["resourceVersion"]
            try:
                self.client.patch(self.path, patch)
                return True
            except KubeError as exc:
                if exc.status != 409 or attempt == PATCH_TRIES:
                    raise
        return False

    def cordon(self):
        """Returns whether this call cordoned a node that was schedulable."""
        seen: dict = {}

        def plan(node):
            seen["schedulable"] = not (node.get("spec") or {}).get("unschedulable")
            patch, seen["cordon"], seen["notes"] = _drain_plan.plan_cordon(node, self.run_id, _stamp(self.client))
            return patch

        changed = self._patch(plan, [_cluster.CORDON_ANNOTATION])
        self.result["notes"] += seen["notes"]
        self.result["was_unschedulable"] = seen["cordon"]["was_unschedulable"]
        return changed and seen["schedulable"]

    def uncordon(self, annotate=None):
        annotate = annotate or {}
        seen: dict = {}

        def plan(node):
            patch, seen["notes"] = _drain_plan.plan_uncordon(node, self.run_id, annotate)
            return patch

        self._patch(plan, [_cluster.CORDON_ANNOTATION] + list(annotate))
        self.result["notes"] += seen["notes"]

    def drain(self, options):
        """options: timeout, grace, delete_emptydir, force, restore (uncordon again when this fails)."""
        began = time.monotonic()
        deadline = began + options["timeout"]
        self.result.update(evicted=[], kept=[], waited=[], blocked=[])
        drain = _Drain(self, options)
        first = drain.plan()
        drain.refuse(first)
        cordoned_here = self.cordon()
        if self.check_mode:
            self.result.update(evicted=first["evict"], kept=first["keep"], waited=first["wait"])
            self.result["changed"] = bool(self.result["changed"] or first["evict"] or first["wait"])
            return
        try:
            self.client.deadline = deadline
            try:
                drain.run(deadline)
            finally:
                self.client.deadline = None
        except (DrainError, KubeError) as exc:
            if cordoned_here and options["restore"]:
                self._restore(exc)
            raise
        finally:
            self.result["changed"] = bool(self.result["changed"] or self.result["evicted"])
            self.result["seconds"] = round(time.monotonic() - began, 1)

    def _restore(self, exc):
        """Nothing on the node has changed yet: give it back as it was."""
        diff = self.result.pop("diff", None)
        try:
            self.uncordon()
            exc.message += ". The node is schedulable again, as it was"
        except (DrainError, KubeError) as second:
            exc.message += ". It is still cordoned: %s" % second
        self.result["diff"] = diff
        if diff:
            diff["after"] = dict(diff["before"], unschedulable=self.result["unschedulable"])


class _Drain(object):
    """Rounds of: look at the node's pods, ask for every eviction that is due, wait. Until none is left."""

    def __init__(self, node, options):
        self.node = node
        self.client = node.client
        self.options = options
        self.result = node.result
        self.original = None
        self.checked = {}  # DaemonSet -> whether it exists
        self.pdbs, self.pdb_version, self.pdbs_next = [], "v1", 0.0
        self.tries = {}  # uid -> {"attempts", "next", "message", "verdict", "began"}
        self.known = {}  # uid -> plan entry, of all that were to leave

    def plan(self):
        pods = _cluster.read_pods(self.client, self.node.name)
        if time.monotonic() >= self.pdbs_next:
            self._read_pdbs()
        if self.original is None:
            self.original = self._original(pods)
        for key in _drain_plan.daemonsets_of(pods):
            if key not in self.checked:
                self.checked[key] = self._exists(key)
        gone = [key for key, there in self.checked.items() if not there]
        plan = _drain_plan.plan_pods(pods, self.pdbs, self.pdb_version, self.options, self.original, gone)
        self.result["kept"] = plan["keep"]
        return plan

    def _read_pdbs(self):
        self.pdbs_next = time.monotonic() + TRY_EVERY
        try:
            self.pdb_version, self.pdbs = _cluster.read_pdbs(self.client)
        except KubeError as exc:
            if exc.status != 403:
                raise
            # Budgets hold all the same; without the right to list them they just cannot be named.
            note = "no right to list PodDisruptionBudgets: refusals cannot name them"
            if note not in self.result["notes"]:
                self.result["notes"].append(note)

    def _original(self, pods):
        """The pods that were there when the node was cordoned: all of them, unless an earlier call did that."""
        node = self.node.read()
        cordoned = (node.get("spec") or {}).get("unschedulable")
        at = (_drain_plan.parse_cordon(node) or {}).get("at") if cordoned else None
        return set(p["metadata"]["uid"] for p in pods if not at or p["metadata"]["creationTimestamp"] <= at)

    def _exists(self, key):
        try:
            self.client.get("/apis/apps/v1/namespaces/%s/daemonsets/%s" % key)
        except KubeError as exc:
            if exc.status == 404:
                return False
            if exc.status != 403:
                raise
        return True

    def refuse(self, plan):
        if not plan["refuse"]:
            return
        entries = [dict(entry, remedy=_drain_plan.REMEDIES[entry["reason"]]) for entry in plan["refuse"]]
        self.result["blocked"] = entries
        told = "; ".join("%s: %s" % (_drain_plan.describe([entry]), entry["remedy"]) for entry in entries[:10])
        raise DrainError(
            "CRI-DRAIN-REFUSED",
            "%s has %d pods that a drain must not remove unasked. %s" % (self.node.name, len(entries), told),
            {"node": self.node.name, "pods": entries},
        )

    def run(self, deadline):
        version, trouble = None, None
        while True:
            try:
                plan = self.plan()
                self.refuse(plan)
                left = plan["evict"] + plan["wait"]
                self._note_gone(left)
                if not left:
                    return
                version = version or _drain_plan.eviction_version(self.client.get("/api/v1"))
                for entry in left:
                    self._remember(entry)
                for entry in plan["evict"]:
                    self._evict(entry, version)
                trouble = None
            except KubeError as exc:
                if exc.reason != "CRI-API-UNREACHABLE" and (exc.status or 0) < 500:
                    raise
                trouble = exc
            if time.monotonic() >= deadline:
                raise trouble or self._late(left)
            time.sleep(LOOK_EVERY)

    def _remember(self, entry):
        self.known.setdefault(
            entry["uid"], dict(entry, began=time.monotonic(), terminating=entry["reason"] == "terminating")
        )

    def _note_gone(self, left):
        here = set(entry["uid"] for entry in left)
        for uid in [uid for uid in self.known if uid not in here]:
            entry = self.known.pop(uid)
            state = self.tries.pop(uid, {"attempts": 0})
            report = {key: entry[key] for key in ("namespace", "name", "uid", "reason", "pdbs")}
            report["seconds"] = round(time.monotonic() - entry["began"], 1)
            if entry["terminating"]:
                self.result["waited"].append(report)
            else:
                self.result["evicted"].append(dict(report, attempts=state["attempts"]))

    def _evict(self, entry, version):
        state = self.tries.setdefault(entry["uid"], {"attempts": 0, "next": 0, "message": None, "verdict": None})
        if time.monotonic() < state["next"]:
            return
        state["attempts"] += 1
        state["next"] = time.monotonic() + TRY_EVERY
        path = "/api/v1/namespaces/%s/pods/%s/eviction" % (entry["namespace"], entry["name"])
        try:
            self.client.once("POST", path, _drain_plan.eviction(entry, version, self.options["grace"]))
            state.update(message=None, verdict=None)
        except KubeError as exc:
            verdict = _drain_plan.judge_refusal(exc.status, exc.reason, exc.causes)
            if verdict == "fatal":
                raise
            causes = [cause.get("message") for cause in exc.details.get("causes") or [] if cause.get("message")]
            state.update(message="; ".join([exc.message] + causes), verdict=verdict)

    def _late(self, left):
        blocked = []
        for entry in left:
            state = self.tries.get(entry["uid"]) or {}
            if entry["reason"] == "terminating":
                state = dict(state, verdict=None, message=None)
            blocked.append(
                dict(
                    entry,
                    reason={"budget": "pdb", None: "terminating"}.get(state.get("verdict"), "api"),
                    attempts=state.get("attempts", 0),
                    message=state.get("message") or "evicted, but not gone: it is still terminating",
                )
            )
        self.result["blocked"] = blocked
        budget = [entry for entry in blocked if entry["reason"] == "pdb"]
        names = sorted(set(name for entry in budget for name in entry["pdbs"]))
        details = {"node": self.node.name, "pods": blocked, "pdbs": names, "timeout": self.options["timeout"]}
        if budget:
            return DrainError(
                "CRI-DRAIN-PDB",
                "%s was not drained in %d s: PodDisruptionBudgets still refuse %s. See why their other pods are not "
                "healthy, or raise switchover_drain_timeout"
                % (self.node.name, self.options["timeout"], _drain_plan.describe(budget)),
                details,
            )
        return DrainError(
            "CRI-DRAIN-TIMEOUT",
            "%s was not drained in %d s: still there are %s (%s). Raise switchover_drain_timeout above their grace "
            "period, or look at finalizers and at kubelet"
            % (self.node.name, self.options["timeout"], _drain_plan.describe(blocked), blocked[0]["message"]),
            details,
        )


def _stamp(client):
    """The server's time, as it writes creationTimestamp: the controller's clock may differ."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(client.server_time or time.time()))
