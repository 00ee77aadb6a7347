# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cordon, drain and uncordon one node through the API. What to do is planned in _cordon; _drain_loop empties it."""

import time

from ansible_collections.cri.switchover.plugins.module_utils._drain import cordon as cordons
from ansible_collections.cri.switchover.plugins.module_utils._drain import messages
from ansible_collections.cri.switchover.plugins.module_utils._drain.loop import Drain, stamp
from ansible_collections.cri.switchover.plugins.module_utils._drain.messages import DrainError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import cluster
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import KubeError

PATCH_TRIES = 10
# The annotations that a cordon writes.
OURS = [cluster.CORDON_ANNOTATION, cordons.SCALE_DOWN]


class Node(object):
    """One node, its cordon and its pods. `result` fills as things happen, and stands when an error ends it."""

    def __init__(self, client, name, run_id, check_mode=False, progress=None):
        """progress: called with one line for people, now and then while a drain waits."""
        self.client = client
        self.name = name
        self.run_id = run_id
        self.check_mode = check_mode
        self.progress = progress or (lambda text: None)
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

    def _patch(self, plan, keys, node=None):
        """Patch what `plan(node)` says; a node that changed meanwhile is read and planned again."""
        for attempt in range(1, PATCH_TRIES + 1):
            node = node or self.read()
            patch = plan(node)
            self.result["diff"] = {
                "before": cordons.node_view(node, None, keys),
                "after": cordons.node_view(node, patch, keys),
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
                node = None
        return False

    def cordon(self, node=None):
        """node: as it was read a moment ago."""
        seen: dict = {}

        def plan(node):
            patch, seen["cordon"], seen["notes"] = cordons.plan_cordon(node, self.run_id, stamp(self.client))
            return patch

        self._patch(plan, OURS, node)
        self.result["notes"] += seen["notes"]
        self.result["was_unschedulable"] = seen["cordon"]["was_unschedulable"]

    def uncordon(self, annotate=None):
        annotate = annotate or {}
        seen: dict = {}

        def plan(node):
            patch, seen["notes"] = cordons.plan_uncordon(node, self.run_id, annotate)
            return patch

        self._patch(plan, OURS + list(annotate))
        self.result["notes"] += seen["notes"]

    def drain(self, options):
        """options: those of _drain_plan.DEFAULTS, wait_volumes, and restore (uncordon again when this fails)."""
        began = time.monotonic()
        deadline = began + options["timeout"]
        timings = self.result["timings"] = {}
        self.result.update(evicted=[], kept=[], waited=[], blocked=[], appeared=[], pdbs=[])
        node = self.read()
        with Drain(self.client, self.name, options, self.result, self.progress) as drain:
            drain.volumes.note_node(node)
            first = drain.plan(self._cordoned_at(node))
            timings["plan"] = round(time.monotonic() - began, 1)
            if self.check_mode:  # all of the plan, of a node with pods that are refused, too
                self.result.update(evicted=first["evict"], waited=first["wait"])
            drain.refuse(first["refuse"])
            self.cordon(node)
            if self.check_mode:
                self.result["changed"] = bool(self.result["changed"] or first["evict"] or first["wait"])
                return
            try:
                try:
                    drain.run(deadline)
                finally:
                    drain.close()  # no eviction is on its way once the node is given back
            except (DrainError, KubeError) as exc:
                # Not whether this call cordoned it: an earlier run's cordon is ours, too, and a PATCH whose answer was
                # lost is found done by the next look.
                if options["restore"] and not self.result["was_unschedulable"]:
                    self._restore(exc)
                raise
            finally:
                self.result["changed"] = bool(self.result["changed"] or self.result["evicted"])
                self.result["seconds"] = timings["total"] = round(time.monotonic() - began, 1)

    @staticmethod
    def _cordoned_at(node):
        """When an earlier call of ours cordoned it, or None: pods that came later came to a cordoned node."""
        cordoned = (node.get("spec") or {}).get("unschedulable")
        return (cordons.parse_cordon(node) or {}).get("at") if cordoned else None

    def _restore(self, exc):
        """Nothing on the node has changed yet: give it back as it was before the first cordon of ours."""
        cordoned = {key: self.result[key] for key in ("diff", "unschedulable")}
        try:
            self.uncordon()
            self.result["diff"]["before"] = cordoned["diff"]["before"]
            messages.add(exc, "The node is schedulable again, as it was")
        except (DrainError, KubeError) as second:
            self.result.update(cordoned)
            messages.add(exc, "It is still cordoned: %s" % second)
