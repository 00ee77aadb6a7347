# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's side of a task of the action cutover: the node's heartbeat, cordon and verification, and the gates.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover import gates
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import BEFORE_WATCHDOG, Deadline
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.health import left_out_handlers
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import POLL_EVERY, NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.records import ApiObject, Log, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import Heartbeat, read_heartbeat
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.probe_pods import USER_NAMESPACES
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.verify import brief, verify


class Verifier:
    """Verifies one node. ``wanted``: the option verification; ``make_client``: called when the API is needed."""

    def __init__(
        self,
        wanted: dict[str, Any],
        run_id: str,
        make_client: Callable[[], Client],
        engine: NodeEngine,
        deadline: Deadline,
        log: Log,
    ) -> None:
        self._wanted, self._run_id, self._make_client = wanted, run_id, make_client
        self._engine, self._deadline, self._log = engine, deadline, log
        self._made: Client | None = None

    @property
    def _client(self) -> Client:
        if self._made is None:
            self._made = self._make_client()
        return self._made

    def heartbeat(self) -> Heartbeat:
        """The node's heartbeat now. Raises Refused when the API does not answer."""
        try:
            return read_heartbeat(self._client, self._wanted["node_name"])
        except KubeError as exc:
            raise Refused(exc.reason, exc.message, **(exc.details or {})) from exc

    def heartbeat_if_known(self) -> Heartbeat:
        """The same as far as the API answers: a verification copes with what is missing."""
        with contextlib.suppress(Refused):
            return self.heartbeat()
        return {}

    def require_cordoned(self) -> None:
        """Raise Refused when pods may be scheduled onto the node."""
        try:
            node = self._client.get("/api/v1/nodes/%s" % self._wanted["node_name"])
        except KubeError as exc:
            raise Refused(exc.reason, exc.message, **(exc.details or {})) from exc
        if not (node.get("spec") or {}).get("unschedulable"):
            raise Refused(
                "CRI-CUTOVER-NOT-CORDONED",
                "the node is schedulable: it was uncordoned since its drain; run again",
                node=self._wanted["node_name"],
            )

    def require_gates(self) -> None:
        """Raise Refused for gates that can never be evaluated."""
        gates.require_compilable(self._wanted["gates"])

    def verify(
        self, since: Heartbeat, prefix: str, sources: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[Unmet]]:
        """({"verification", "gates"} for the outcome, what is unmet).

        ``since``: the heartbeat while kubelet was down, as far as it is known; ``prefix``: of the wanted runtime
        version; ``sources``: what crictl has said already, for the gates.
        """
        seconds = self._wanted["timeout"]
        if self._engine.journal["phase"] == "switched":
            seconds = min(seconds, self._deadline.watchdog_left() - BEFORE_WATCHDOG)
        end = time.monotonic() + max(seconds, 1)
        left_out = left_out_handlers(self._engine.journal)
        self._log("verifying the node by the API (at most %d s)" % seconds)
        expectation = self._expectation(since, prefix, left_out)
        result = verify(self._client, expectation, end, self._log, self._engine.renew_lock)
        outcome: dict[str, Any] = {"verification": result}
        unmet: list[Unmet] = list(result["unmet"])
        if self._wanted["gates"] and not unmet:
            outcome["gates"], unmet = self._wait_for_gates(dict(sources or {}, node=result["seen"]["node"]), end)
        if not unmet:
            self._log_verified(result["seen"], left_out)
        return outcome, unmet

    def _expectation(self, since: Heartbeat, prefix: str, left_out: dict[str, str]) -> dict[str, Any]:
        wanted = self._wanted
        return {
            "node_name": wanted["node_name"],
            "version_prefix": prefix,
            "baseline": wanted["baseline"],
            "since": since,
            "handlers": [item for item in wanted["handlers"] if item["name"] not in left_out],
            "pause_image": wanted["pause_image"],
            "run_id": self._run_id,
            "probe_namespace": wanted["probe_namespace"],
            "user_namespaces": wanted["user_namespaces"],
        }

    def _wait_for_gates(self, data: dict[str, Any], end: float) -> tuple[list[gates.Gate], list[Unmet]]:
        """Evaluate the gates over what is known; then ask again for those that are unmet, until ``end``."""
        wanted = self._wanted["gates"]
        evaluated = gates.evaluate(self._engine, wanted, data)
        while True:
            unmet = gates.unmet_of(evaluated)
            if not unmet or time.monotonic() >= end:
                return evaluated, unmet
            time.sleep(POLL_EVERY)
            self._engine.renew_lock()
            pending = [gate for gate, seen in zip(wanted, evaluated, strict=True) if not seen["ok"]]
            newer = gates.evaluate(self._engine, pending, self._node_if_asked(pending, data["node"]))
            evaluated = gates.again(evaluated, newer)

    def _node_if_asked(self, pending: list[gates.Gate], known: ApiObject) -> dict[str, Any]:
        """{"node": the Node object as it is now}, where one of these gates queries it."""
        if "node" not in gates.sources_of(pending):
            return {}
        with contextlib.suppress(KubeError):
            known = brief(self._client.get("/api/v1/nodes/%s" % self._wanted["node_name"]))
        return {"node": known}

    def _log_verified(self, seen: dict[str, Any], left_out: dict[str, str]) -> None:
        also = ", and user namespaces" if USER_NAMESPACES in seen["probes"] else ""
        self._log("verified: %s%s" % (seen["runtime_version"], also))
        for name, text in sorted(dict(left_out, **seen["left_out"]).items()):
            what = name if name == USER_NAMESPACES else "runtime handler %s" % name
            self._log("%s: does not work, and is optional: %s" % (what, text))
