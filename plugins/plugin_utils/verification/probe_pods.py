# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe pods, a real one for each runtime handler of a node: which there are, and whether one runs. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import pod_entry
from ansible_collections.cri.switchover.plugins.plugin_utils.records import ApiObject, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

# Stands beside the names of handlers, and no handler's name has a space. It is treated as an optional handler is.
USER_NAMESPACES = "user namespaces"

# (handler, RuntimeClass or None)
Probe = tuple[str, "str | None"]


def plan_probes(
    handlers: Sequence[str | dict[str, Any]] | None, runtime_classes: Sequence[dict[str, str]]
) -> tuple[list[Probe], list[str]]:
    """([probes to run], [handlers that no pod can ask for, having no RuntimeClass]).

    ``handlers``: names, or {name, runtime_class?}; ``runtime_classes``: {name, handler} of each RuntimeClass object.
    The first handler is the runtime's default: pods without a RuntimeClass use it.
    """
    declared = [item if isinstance(item, dict) else {"name": item} for item in handlers or [{"name": "default"}]]
    classes: dict[str, str] = {}
    for item in sorted(runtime_classes, key=lambda rc: rc["name"]):
        classes.setdefault(item["handler"], item["name"])
    planned: list[Probe] = [(declared[0]["name"], declared[0].get("runtime_class"))]
    out_of_reach = []
    for item in declared[1:]:
        runtime_class = item.get("runtime_class") or classes.get(item["name"])
        if runtime_class:
            planned.append((item["name"], runtime_class))
        else:
            out_of_reach.append(item["name"])
    return planned, out_of_reach


def probe_pod(
    name: str, namespace: str, node_name: str, image: str, runtime_class: str | None, host_users: bool = True
) -> ApiObject:
    """The pod to be created. ``host_users`` False asks for user namespaces."""
    spec: dict[str, Any] = {
        "nodeName": node_name,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "pause", "image": image, "imagePullPolicy": "IfNotPresent"}],
    }
    if runtime_class:
        spec["runtimeClassName"] = runtime_class
    if not host_users:
        spec["hostUsers"] = False
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "cri.switchover"},
        },
        "spec": spec,
    }


def probe_name(run_id: str, node_name: str, handler: str) -> str:
    """A valid pod name that no other run, node or handler has."""
    digest = hashlib.sha256(("%s/%s" % (run_id, node_name)).encode("utf-8")).hexdigest()[:12]
    return "cri-probe-%s-%s" % (re.sub("[^a-z0-9]+", "-", handler.lower()).strip("-")[:30], digest)


def judge_probe(handler: str, pod: ApiObject | None, prefix: str) -> list[Unmet]:
    """Whether a probe pod runs on the runtime. ``pod``: None when it could not be found; ``prefix``: "containerd://".

    An entry with "final" cannot change by waiting.
    """
    what = "with hostUsers false" if handler == USER_NAMESPACES else "of runtime handler %s" % handler
    if pod is None:
        return [unmet_entry("CRI-VERIFY-PROBE", "no probe pod %s yet" % what, handler=handler)]
    if handler == USER_NAMESPACES and (pod.get("spec") or {}).get("hostUsers") is not False:
        # An API server drops fields whose feature gate is off: the pod runs, and shows nothing.
        dropped = unmet_entry("CRI-VERIFY-PROBE", "the API server drops a pod's hostUsers", handler=handler)
        return [dict(dropped, final=True)]
    entry = pod_entry(pod)
    ids = entry["container_ids"]
    if entry["ready"] and ids and all(cid.startswith(prefix) for cid in ids):
        return []
    state = _trouble_of(pod)
    return [
        unmet_entry(
            "CRI-VERIFY-PROBE",
            "the probe pod %s does not run: %s" % (what, state),
            handler=handler,
            seen=state,
            phase=entry["phase"],
            container_ids=ids,
        )
    ]


def _trouble_of(pod: ApiObject) -> str:
    status = pod.get("status") or {}
    for container in status.get("containerStatuses") or []:
        for state in ("waiting", "terminated"):
            found = (container.get("state") or {}).get(state)
            if found:
                return ": ".join(part for part in (found.get("reason"), found.get("message")) if part)
    return status.get("message") or status.get("reason") or status.get("phase") or "unknown"
