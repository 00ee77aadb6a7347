# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a fleet through the API, again and again, until it is healthy enough. health.py says what that means."""

import time

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import capacity
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.budgets import read_pdbs
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.control_plane import (
    check_apiservers,
    read_control_plane,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import (
    NODES,
    get_or_none,
    server_seconds,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.workloads import WORKLOADS
from ansible_collections.cri.switchover.plugins.module_utils._rollout import gates as operator_gates
from ansible_collections.cri.switchover.plugins.module_utils._rollout import health

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Object = Dict[str, Any]
    Unmet = Dict[str, Any]  # of health.unmet()

NODE_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
WORKLOAD_PATHS = {kind: "/apis/apps/v1/%ss" % kind.lower() for kind in WORKLOADS}
# Up to this number, nodes are read one by one, because a list has all nodes of the cluster.
FEW_NODES = 5
# Seconds between two checks: while something is unmet, and while only a soak has to pass.
CHECK_EVERY, CHECK_EVERY_WHEN_MET = 5, 30
# Seconds for which the capacity of all nodes counts, because that takes all pods of the cluster.
CAPACITY_FRESH = 30


def wait(
    check: "Callable[[bool], List[Unmet]]",
    soak: float,
    timeout: float,
    clock: "Callable[[], float]" = time.monotonic,
    sleep: "Callable[[float], None]" = time.sleep,
) -> "Tuple[List[Unmet], int]":
    """Check until ``soak`` seconds are over and nothing is unmet, or something was unmet for ``timeout`` seconds.

    ``check(over)`` returns what is unmet; ``over`` says whether the soak is. Returns the last result, and the number of
    checks.
    """
    began, checks = clock(), 0
    unmet_since: "Optional[float]" = None
    while True:
        over = clock() - began >= soak
        unmet, now = check(over), clock()
        checks += 1
        if not unmet:
            unmet_since = None
            if over:
                return [], checks
            pause = min(CHECK_EVERY_WHEN_MET, began + soak - now)
        else:
            unmet_since = now if unmet_since is None else unmet_since
            if now - unmet_since >= timeout:
                return unmet, checks
            pause = min(CHECK_EVERY, unmet_since + timeout - now)
        sleep(max(pause, 0.1))


class Fleet(object):
    """The nodes, workloads and control plane of one cluster, during one wait.

    ``wanted`` has ``nodes`` (the prefix of the runtime's version by name), ``upcoming`` (names), ``baseline``,
    ``gates`` and ``require_capacity``.
    """

    def __init__(self, client: "Client", wanted: "Mapping[str, Any]") -> None:
        self.client = client
        self.wanted = wanted
        # By node: the renewTime of its Lease at the last check, and when a check saw it change.
        self._renewals: "Dict[str, Tuple[Any, Optional[float]]]" = {}
        self._capacities: "Optional[Dict[str, Object]]" = None
        self._capacities_at = 0.0

    def check(self, over: bool = True) -> "List[Unmet]":
        """What is unmet now. An API that does not answer is a part of that.

        ``over`` says that the next nodes may leave at once. Only then, and if all else is met, are all pods read.
        """
        try:
            return list(self._check()) or (list(self._check_capacity()) if over else [])
        except KubeError as exc:
            return [health.unmet(exc.reason, exc.message, **exc.details)]

    def _check(self) -> "Iterator[Unmet]":
        wanted = self.wanted
        yield from self._check_apiservers()
        nodes, leases = self._read_nodes(sorted(wanted["nodes"]))
        by_name = {node["metadata"]["name"]: node for node in nodes}
        changed_ago = {name: self._changed_ago(name, leases[name]) for name in leases}
        yield from health.judge_nodes(wanted["nodes"], by_name, leases, server_seconds(self.client), changed_ago)
        workloads = {kind: self.client.items(path) for kind, path in WORKLOAD_PATHS.items()}
        yield from health.judge_workloads(wanted["baseline"], workloads)
        yield from health.judge_kured(workloads["DaemonSet"])
        control_plane = read_control_plane(self.client)
        yield from health.judge_control_plane(wanted["baseline"], control_plane)
        yield from health.judge_etcd(control_plane, wanted["upcoming"])
        yield from health.judge_gates(self._evaluate_gates(nodes, workloads["Deployment"]))

    def _check_capacity(self) -> "Iterator[Unmet]":
        if not (self.wanted["require_capacity"] and self.wanted["upcoming"]):
            return
        now = time.monotonic()
        if self._capacities is None or now - self._capacities_at >= CAPACITY_FRESH:
            self._capacities, self._capacities_at = capacity.read_capacities(self.client), now
        yield from health.judge_capacity(self._capacities, self.wanted["upcoming"])

    def _check_apiservers(self) -> "Iterator[Unmet]":
        """What /readyz says of this API server, and of the others that were ready before the run."""
        trouble = self.client.ready()
        if trouble:
            yield health.unmet("CRI-FLEET-APISERVER", "/readyz: %s" % trouble.message, **trouble.details)
        addresses = self.wanted["baseline"].get("apiservers") or []
        yield from health.judge_apiservers(check_apiservers(self.client, addresses))

    def _read_nodes(self, names: "Sequence[str]") -> "Tuple[List[Object], Dict[str, Optional[Object]]]":
        """The Node objects, and by name the Leases, of these nodes. A gate may need the nodes of the whole cluster."""
        few = len(names) <= FEW_NODES
        if not few or any(gate.get("source", "nodes") == "nodes" for gate in self.wanted["gates"]):
            nodes = self.client.items(NODES)
        else:
            found = [get_or_none(self.client, "%s/%s" % (NODES, name)) for name in names]
            nodes = [node for node in found if node]
        if few:
            return nodes, {name: get_or_none(self.client, "%s/%s" % (NODE_LEASES, name)) for name in names}
        leases = {lease["metadata"]["name"]: lease for lease in self.client.items(NODE_LEASES)}
        return nodes, {name: leases.get(name) for name in names}

    def _changed_ago(self, name: str, lease: "Optional[Object]") -> "Optional[float]":
        """Seconds since a check saw the node's Lease change; None before that."""
        renewed = ((lease or {}).get("spec") or {}).get("renewTime")
        now = time.monotonic()
        before, at = self._renewals.get(name, (renewed, None))
        if renewed != before:
            at = now
        self._renewals[name] = (renewed, at)
        return None if at is None else now - at

    def _evaluate_gates(self, nodes: "List[Object]", deployments: "List[Object]") -> "List[Dict[str, Any]]":
        lists = {"nodes": nodes, "deployments": deployments}
        gates = self.wanted["gates"]
        for gate in gates:
            if gate.get("source") == "poddisruptionbudgets":
                lists["poddisruptionbudgets"] = read_pdbs(self.client)[1]
        return operator_gates.evaluate(lists, gates, operator_gates.FLEET_SOURCES)
