# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a fleet through the API, again and again, until it is well enough. What that means is in health.

Private to this collection: there is no promise that it stays as it is.
"""

import time

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import cluster
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._rollout import gates as operator_gates
from ansible_collections.cri.switchover.plugins.module_utils._rollout import health

NODES = "/api/v1/nodes"
NODE_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
WORKLOADS = {kind: "/apis/apps/v1/%ss" % kind.lower() for kind in health.WORKLOADS}
# Up to so many nodes are asked for one by one: a list has all that the cluster has.
FEW_NODES = 5
# Seconds between two looks: while something is unmet, and while a soak only passes.
LOOK_EVERY, LOOK_EVERY_WHEN_MET = 5, 30
# And between two looks at all pods of the cluster.
ROOM_EVERY = 30


def wait(look, soak, timeout, clock=time.monotonic, sleep=time.sleep):
    """Look until ``soak`` seconds are over and nothing is unmet; or something was, for ``timeout`` seconds on end.

    ``look(over)`` returns what is unmet; ``over``: whether the soak is. Returns what was at last, and the number of
    looks.
    """
    began, unmet_since, looks = clock(), None, 0
    while True:
        over = clock() - began >= soak
        unmet, now = look(over), clock()
        looks += 1
        if not unmet:
            unmet_since = None
            if over:
                return [], looks
            pause = min(LOOK_EVERY_WHEN_MET, began + soak - now)
        else:
            unmet_since = now if unmet_since is None else unmet_since
            if now - unmet_since >= timeout:
                return unmet, looks
            pause = min(LOOK_EVERY, unmet_since + timeout - now)
        sleep(max(pause, 0.1))


class Fleet(object):
    """wanted: nodes {name: runtime}, upcoming [names], baseline, gates, require_room."""

    def __init__(self, client, wanted):
        self.client = client
        self.wanted = wanted
        self._renewals: dict = {}  # by node: what its Lease said last, and when that was seen to change
        self._rooms, self._rooms_at = None, 0.0

    def look(self, over=True):
        """What is unmet now. An API that does not answer is a part of that.

        ``over``: the next nodes may leave at once. Only then, and if all else is met, all pods of the cluster are read.
        """
        try:
            return list(self._look()) or (list(self._room()) if over else [])
        except KubeError as exc:
            return [health.unmet(exc.reason, exc.message, **exc.details)]

    def _look(self):
        wanted, lists = self.wanted, {}
        yield from self._ready()
        lists["nodes"], leases = self._nodes(sorted(wanted["nodes"]))
        by_name = {node["metadata"]["name"]: node for node in lists["nodes"]}
        changed_ago = {name: self._changed_ago(name, leases[name]) for name in leases}
        yield from health.judge_nodes(wanted["nodes"], by_name, leases, self._now(), changed_ago)
        workloads = {kind: self.client.items(path) for kind, path in WORKLOADS.items()}
        lists["deployments"] = workloads["Deployment"]
        yield from health.judge_workloads(wanted["baseline"], workloads)
        yield from health.judge_kured(workloads["DaemonSet"])
        control_plane = cluster.read_control_plane(self.client)
        yield from health.judge_control_plane(wanted["baseline"], control_plane)
        yield from health.judge_etcd(control_plane, wanted["upcoming"])
        yield from health.judge_gates(self._evaluate(lists))

    def _room(self):
        if not (self.wanted["require_room"] and self.wanted["upcoming"]):
            return
        now = time.monotonic()
        if self._rooms is None or now - self._rooms_at >= ROOM_EVERY:
            self._rooms, self._rooms_at = cluster.read_rooms(self.client), now
        yield from health.judge_room(self._rooms, self.wanted["upcoming"])

    def _ready(self):
        """The word of the API server that is asked, and of the others that could be asked before the run."""
        trouble = self.client.ready()
        if trouble:
            yield health.unmet("CRI-FLEET-APISERVER", "/readyz: %s" % trouble.message, **trouble.details)
        yield from health.judge_apiservers(
            cluster.ask_apiservers(self.client, self.wanted["baseline"].get("apiservers") or [])
        )

    def _now(self):
        return self.client.server_time or time.time()

    def _nodes(self, names):
        """(Node objects, {name: Lease}) of the nodes to be judged; all of the cluster where a gate asks for them."""
        if any(gate.get("source", "nodes") == "nodes" for gate in self.wanted["gates"]) or len(names) > FEW_NODES:
            nodes = self.client.items(NODES)
        else:
            nodes = [node for node in (self._get(NODES, name) for name in names) if node]
        if len(names) > FEW_NODES:
            leases = {lease["metadata"]["name"]: lease for lease in self.client.items(NODE_LEASES)}
        else:
            leases = {name: self._get(NODE_LEASES, name) for name in names}
        return nodes, {name: leases.get(name) for name in names}

    def _get(self, path, name):
        try:
            return self.client.get("%s/%s" % (path, name))
        except KubeError as exc:
            if exc.status != 404:
                raise
            return None

    def _changed_ago(self, name, lease):
        """Seconds since the node's Lease was seen to change; None before that."""
        renewed = ((lease or {}).get("spec") or {}).get("renewTime")
        now = time.monotonic()
        before, at = self._renewals.get(name, (renewed, None))
        if renewed != before:
            at = now
        self._renewals[name] = (renewed, at)
        return None if at is None else now - at

    def _evaluate(self, lists):
        gates = self.wanted["gates"]
        for gate in gates:
            source = gate.get("source", operator_gates.FLEET_SOURCES[0])
            if source == "poddisruptionbudgets":
                lists[source] = cluster.read_pdbs(self.client)[1]
        return operator_gates.evaluate(lists, gates, operator_gates.FLEET_SOURCES)
