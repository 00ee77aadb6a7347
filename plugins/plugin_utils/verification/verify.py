# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's side of a node's verification: read and judge, until nothing is unmet or time is up.

A node keeps its "Ready" and its old runtime version for a while after kubelet has stopped, and its clock may be wrong:
only what *changed* since kubelet stopped counts. Private to this collection: there is no promise that it stays as it
is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import read_entry
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.plugin_utils.records import ApiObject, Log, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import heartbeat_of, read_lease
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.node import judge_alive, judge_resources
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.own_pods import check_pods
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.probes import Probes
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import api_unmet, required_of

# Seconds between two polls.
POLL_EVERY = 2
# Seconds for a pod of an optional handler, once all that is required is met.
OPTIONAL_PATIENCE = 60


def verify(
    client: Client,
    expectation: dict[str, Any],
    deadline: float,
    log: Log | None = None,
    tick: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """Poll until nothing is unmet, or until ``deadline`` (of time.monotonic()). Never raises for what the API says.

    ``expectation``:
    node_name, run_id
    version_prefix     of the wanted runtime, "containerd://"
    baseline           the node's entry of cluster_info before its drain
    since              read_heartbeat() while kubelet was down
    handlers           [{name, runtime_class?, optional?}], the default one first
    pause_image, probe_namespace  of the probe pods
    probe              whether there are probe pods; True without it
    user_namespaces    whether a pod with hostUsers false is tried, as an optional handler is; it needs what
                       cgroup_v2.features() says

    An optional handler that does not work is waited for OPTIONAL_PATIENCE once all else is met, and then left out. What
    cannot change by waiting ("final") is not waited for.
    ``since`` may lack a time when the API could not be asked while kubelet was down: it ran on this node. Then the
    Lease has to change from the first poll on. The heartbeat of the status may come only every five minutes: it is not
    judged. ``log`` is called with what is unmet when that changes, ``tick`` before each poll. Returns {"ok", "unmet":
    [{"reason", "message", "details"}], "seen": {...}}.
    """
    verification = _Verification(client, expectation, log or (lambda text: None))
    client.deadline = deadline
    try:
        while True:
            if tick:
                tick()
            verification.poll()
            left = deadline - time.monotonic()
            if left <= 0 or verification.is_over():
                break
            time.sleep(min(POLL_EVERY, left))
    finally:
        client.deadline = None
        verification.remove_probes()
    return verification.result()


class _Verification:
    """What was seen of one node so far."""

    def __init__(self, client: Client, expectation: dict[str, Any], log: Log) -> None:
        self.client, self.log = client, log
        self.expectation = dict(expectation, since=dict(expectation.get("since") or {}))
        self.probes = Probes(client, self.expectation)
        self.unmet: list[Unmet] = []
        self.seen: dict[str, Any] = {"node": None, "beats": None, "runtime_version": None, "ready": None, "polls": 0}
        self.began = time.monotonic()
        # When all that is required was first met.
        self.met_at: float | None = None
        self.logged: list[str] = []

    def poll(self) -> None:
        """One read-only pass over the API; the first ones make the probe pods."""
        self.seen["polls"] += 1
        try:
            self.unmet = self._read_and_judge()
        except KubeError as exc:
            self.unmet = [api_unmet(exc)]
        texts = [entry["message"] for entry in self.unmet]
        if texts and texts != self.logged:
            self.log("; ".join(texts))
            self.logged = texts
        self.met_at = None if required_of(self.unmet) else self.met_at or time.monotonic()

    def _read_and_judge(self) -> list[Unmet]:
        name, since = self.expectation["node_name"], self.expectation["since"]
        node, entry = read_entry(self.client, name)
        now = heartbeat_of(node, read_lease(self.client, name))
        if not since.get("heartbeat"):
            since["heartbeat"] = "not known"
        if not since.get("lease_renew"):
            since["lease_renew"] = now["lease_renew"]
        self.seen.update(node=brief(node), beats=now, runtime_version=entry["runtime_version"], ready=entry["ready"])
        unmet = judge_alive(self.expectation, entry, now)
        alive = not unmet
        unmet += judge_resources(self.expectation, entry)
        unmet += check_pods(self.client, self.expectation, entry)
        # A pod bound to a node that is not alive shows nothing and stays behind.
        return unmet + (self.probes.poll() if alive and self.expectation.get("probe", True) else [])

    def is_over(self) -> bool:
        """Whether more polls would not change the result."""
        impatient = self.met_at and time.monotonic() - self.met_at >= OPTIONAL_PATIENCE
        return bool(impatient) or all(entry.get("final") for entry in self.unmet)

    def remove_probes(self) -> None:
        """Remove the probe pods; what is left of them is in the result."""
        verified = not required_of(self.unmet) and self.seen["node"] is not None
        self.seen["leftovers"] = self.probes.remove(verified)

    def result(self) -> dict[str, Any]:
        """As verify() returns it."""
        required = required_of(self.unmet)
        self.seen["probes"] = self.probes.ran
        self.seen["handlers_without_runtime_class"] = self.probes.out_of_reach
        self.seen["left_out"] = {entry["optional"]: entry["message"] for entry in self.unmet if entry.get("optional")}
        self.seen["seconds"] = round(time.monotonic() - self.began, 1)
        return {"ok": not required, "unmet": required, "seen": self.seen}


def verify_as_it_is(
    client: Client, expectation: dict[str, Any], seconds: float, log: Log | None = None
) -> dict[str, Any]:
    """verify() of a node that nobody has touched: the baseline is the node as it is now. Never raises, either.

    ``expectation``: without baseline and since.
    """
    name = expectation["node_name"]
    try:
        _node, baseline = read_entry(client, name)
        lease = read_lease(client, name)
    except KubeError as exc:
        return {"ok": False, "unmet": [api_unmet(exc)], "seen": {}}
    since = {"lease_renew": ((lease or {}).get("spec") or {}).get("renewTime")}
    given = dict(expectation, baseline=baseline, since=since)
    return verify(client, given, time.monotonic() + seconds, log)


def brief(node: ApiObject) -> ApiObject:
    """A node object without its bulk, for gates and reports."""
    meta = {key: value for key, value in node["metadata"].items() if key != "managedFields"}
    status = {key: value for key, value in (node.get("status") or {}).items() if key != "images"}
    return {"metadata": meta, "spec": node.get("spec") or {}, "status": status}
