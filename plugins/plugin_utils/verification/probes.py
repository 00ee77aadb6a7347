# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe pods of one verification: they are made once the node is alive, polled with the rest, and removed.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import pod_entry
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import group_version
from ansible_collections.cri.switchover.plugins.plugin_utils.records import ApiObject, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.probe_pods import (
    USER_NAMESPACES,
    Probe,
    judge_probe,
    plan_probes,
    probe_name,
    probe_pod,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import api_unmet, unmet_entry

DEFAULT_NAMESPACE = "kube-system"


class Probes:
    """The probe pods of one node. ``expectation``: as verify() has it."""

    def __init__(self, client: Client, expectation: dict[str, Any]) -> None:
        self.client = client
        self.expectation = expectation
        self.namespace: str = expectation.get("probe_namespace") or DEFAULT_NAMESPACE
        self.path = "/api/v1/namespaces/%s/pods" % self.namespace
        self.planned: list[Probe] | None = None
        # Handlers that no pod can ask for.
        self.out_of_reach: list[str] = []
        # {handler: name of its pod}
        self.made: dict[str, str] = {}
        # {handler: what was seen of a pod that ran}, for the report
        self.ran: dict[str, dict[str, Any]] = {}

    def poll(self) -> list[Unmet]:
        """Make the pods that are missing, and return what does not run; "optional" names an optional handler."""
        if not self.expectation.get("pause_image"):
            return [unmet_entry("CRI-VERIFY-PROBE", "no pause image is known to run a probe pod with")]
        if self.planned is None:
            self.planned = self._plan()
        handlers = self.expectation.get("handlers") or []
        optional = [item["name"] for item in handlers if isinstance(item, dict) and item.get("optional")]
        optional.append(USER_NAMESPACES)
        unmet: list[Unmet] = []
        for handler, runtime_class in self.planned:
            try:
                found = self._poll_one(handler, runtime_class)
            except KubeError as exc:
                found = [api_unmet(exc)]
            unmet += [dict(entry, optional=handler) for entry in found] if handler in optional else found
        return unmet

    def _plan(self) -> list[Probe]:
        handlers = self.expectation.get("handlers") or []
        on_docker = self.expectation["version_prefix"].startswith("docker:")
        if on_docker:
            handlers = handlers[:1]  # neither dockershim nor cri-dockerd knows any other
        classes = read_runtime_classes(self.client) if len(handlers) > 1 else []
        planned, self.out_of_reach = plan_probes(handlers, classes)
        if self.expectation.get("user_namespaces") and not on_docker:
            planned = planned + [(USER_NAMESPACES, planned[0][1])]
        return planned

    def _poll_one(self, handler: str, runtime_class: str | None) -> list[Unmet]:
        prefix = self.expectation["version_prefix"]
        if handler not in self.made and not self._make(handler, runtime_class):
            return judge_probe(handler, None, prefix)
        pod = self._read(self.made[handler])
        unmet = judge_probe(handler, pod, prefix)
        if pod is None or (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
            self._remove(self.made.pop(handler), 0)  # a finished pod never runs again: try with a new one
        elif not unmet:
            entry = pod_entry(pod)
            self.ran[handler] = {"runtime_class": runtime_class, "container_ids": entry["container_ids"]}
        return unmet

    def _make(self, handler: str, runtime_class: str | None) -> bool:
        """Create the handler's pod. False where one of its name was left by an earlier try: the next poll makes it."""
        expectation = self.expectation
        name = probe_name(expectation.get("run_id") or "", expectation["node_name"], handler)
        body = probe_pod(
            name,
            self.namespace,
            expectation["node_name"],
            expectation["pause_image"],
            runtime_class,
            host_users=handler != USER_NAMESPACES,
        )
        try:
            self.client.post(self.path, body)
        except KubeError as exc:
            if exc.status != 409:
                raise
            self._remove(name, 0)
            return False
        self.made[handler] = name
        return True

    def _read(self, name: str) -> ApiObject | None:
        try:
            return self.client.get("%s/%s" % (self.path, name))
        except KubeError as exc:
            if exc.status != 404:
                raise
            return None

    def _remove(self, name: str, grace: int) -> None:
        try:
            self.client.delete("%s/%s" % (self.path, name), {"gracePeriodSeconds": grace})
        except KubeError as exc:
            if exc.status != 404:
                raise

    def remove(self, verified: bool) -> list[str]:
        """Remove all pods; returns what could not be removed, as sentences.

        A node that is not ``verified`` may never report a pod's end: there the object goes at once.
        """
        errors = []
        for name in self.made.values():
            try:
                self._remove(name, 1 if verified else 0)
            except KubeError as exc:
                errors.append("probe pod %s/%s not removed: %s" % (self.namespace, name, exc))
        return errors


def read_runtime_classes(client: Client) -> list[dict[str, str]]:
    """{name, handler} of each RuntimeClass of the cluster; none where the API has no such objects. Raises KubeError."""
    version = group_version(client, "node.k8s.io", ("v1", "v1beta1"))
    if not version:
        return []
    return [
        {"name": rc["metadata"]["name"], "handler": rc["handler"]}
        for rc in client.items("/apis/node.k8s.io/%s/runtimeclasses" % version)
    ]
