# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cordons, drains and uncordons one node through the API. cordon.py plans the patches, loop.py removes the pods."""

import time

from ansible_collections.cri.switchover.plugins.module_utils._drain import cordon as cordons
from ansible_collections.cri.switchover.plugins.module_utils._drain import messages
from ansible_collections.cri.switchover.plugins.module_utils._drain.failures import DrainError, add_sentence, no_node
from ansible_collections.cri.switchover.plugins.module_utils._drain.loop import Drain
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import (
    CORDON_ANNOTATION,
    is_unschedulable,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import (
    NODES,
    get_or_none,
    server_seconds,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.times import whole_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Union

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Object = Dict[str, Any]

PATCH_ATTEMPTS = 10
# The annotations that a cordon writes.
OURS = [CORDON_ANNOTATION, cordons.SCALE_DOWN]


class Node(object):
    """One node, its cordon and its pods. Each method raises DrainError and KubeError.

    ``result`` fills as things happen, and counts also after an error. ``progress`` is called with one line now and
    then while a drain waits.
    """

    def __init__(
        self,
        client: "Client",
        name: str,
        run_id: str,
        check_mode: bool = False,
        progress: "Optional[Callable[[str], None]]" = None,
    ) -> None:
        self.client = client
        self.name = name
        self.run_id = run_id
        self.check_mode = check_mode
        self.progress = progress or (lambda text: None)
        self.path = "%s/%s" % (NODES, name)
        self.result: "Dict[str, Any]" = {"node": name, "run_id": run_id, "changed": False, "notes": []}

    def read(self) -> "Object":
        """The Node object."""
        node = get_or_none(self.client, self.path)
        if node is None:
            raise no_node(self.name)
        return node

    def cordon(self, node: "Optional[Object]" = None) -> None:
        """Make the node unschedulable, and remember what it was. ``node`` is the object, where it was just read."""
        planned: "Dict[str, Any]" = {}

        def plan(node: "Object") -> "Optional[Object]":
            now = whole_time(server_seconds(self.client))
            patch, planned["cordon"], planned["notes"] = cordons.plan_cordon(node, self.run_id, now)
            return patch

        self._patch(plan, OURS, node)
        self.result["notes"] += planned["notes"]
        self.result["was_unschedulable"] = planned["cordon"]["was_unschedulable"]

    def uncordon(self, annotate: "Optional[Mapping[str, Optional[str]]]" = None) -> None:
        """Restore what the cordon remembered. ``annotate`` are annotations to set, or to remove where None."""
        annotate = annotate or {}
        planned: "Dict[str, Any]" = {}

        def plan(node: "Object") -> "Optional[Object]":
            patch, planned["notes"] = cordons.plan_uncordon(node, self.run_id, annotate or {})
            return patch

        self._patch(plan, OURS + list(annotate))
        self.result["notes"] += planned["notes"]

    def drain(self, options: "Mapping[str, Any]") -> None:
        """Cordon the node and evict its pods.

        ``options`` are those of options.py, ``wait_volumes``, and ``restore``: whether a failure uncordons the node.
        """
        began = time.monotonic()
        timings = self.result["timings"] = {}
        self.result.update(evicted=[], kept=[], waited=[], blocked=[], appeared=[], pdbs=[])
        node = self.read()
        with Drain(self.client, self.name, options, self.result, self.progress) as drain:
            drain.volumes.note_node(node)
            plan = drain.plan(_cordoned_at(node))
            timings["plan"] = round(time.monotonic() - began, 1)
            if self.check_mode:  # the whole plan, also of a node with pods that are refused
                self.result.update(evicted=plan["evict"], waited=plan["wait"])
            drain.refuse(plan["refuse"])
            self.cordon(node)
            if self.check_mode:
                self.result["changed"] = bool(self.result["changed"] or plan["evict"] or plan["wait"])
                self.progress(messages.planned(plan["evict"] + plan["wait"], plan["keep"]))
                return
            try:
                self._empty(drain, began + options["timeout"], options["restore"])
            finally:
                self.result["changed"] = bool(self.result["changed"] or self.result["evicted"])
                self.result["seconds"] = timings["total"] = round(time.monotonic() - began, 1)

    def _empty(self, drain: Drain, deadline: float, restore: bool) -> None:
        try:
            try:
                drain.run(deadline)
            finally:
                drain.close()  # no eviction is in a request once the node is schedulable again
        except (DrainError, KubeError) as exc:
            # It does not count whether this call cordoned the node. An earlier run's cordon is ours too, and a PATCH
            # whose answer was lost seems done to the next attempt.
            if restore and not self.result["was_unschedulable"]:
                self._restore(exc)
            raise

    def _restore(self, exc: "Union[DrainError, KubeError]") -> None:
        """Uncordon the node after a failure: nothing on it has changed yet."""
        cordoned = {key: self.result[key] for key in ("diff", "unschedulable")}
        try:
            self.uncordon()
            self.result["diff"]["before"] = cordoned["diff"]["before"]
            add_sentence(exc, "The node is schedulable again, as it was")
        except (DrainError, KubeError) as second:
            self.result.update(cordoned)
            add_sentence(exc, "It is still cordoned: %s" % second)

    def _patch(
        self,
        plan: "Callable[[Object], Optional[Object]]",
        keys: "Iterable[str]",
        node: "Optional[Object]" = None,
    ) -> None:
        """Send the patch that ``plan(node)`` makes. A node that changed meanwhile is read and planned again."""
        for attempt in range(1, PATCH_ATTEMPTS + 1):
            node = node or self.read()
            patch = plan(node)
            self.result["diff"] = {
                "before": cordons.node_view(node, None, keys),
                "after": cordons.node_view(node, patch, keys),
            }
            self.result["unschedulable"] = self.result["diff"]["after"]["unschedulable"]
            if not patch:
                return
            self.result["changed"] = True
            if self.check_mode:
                return
            patch.setdefault("metadata", {})["resourceVersion"] = node["metadata"]["resourceVersion"]
            try:
                self.client.patch(self.path, patch)
                return
            except KubeError as exc:
                if exc.status != 409 or attempt == PATCH_ATTEMPTS:
                    raise
                node = None


def _cordoned_at(node: "Object") -> "Optional[str]":
    """When an earlier call cordoned the node, or None. Pods that came later came to a cordoned node."""
    return (cordons.parse_cordon(node) or {}).get("at") if is_unschedulable(node) else None
