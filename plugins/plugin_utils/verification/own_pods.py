# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods that belong to the node itself, of DaemonSets and static ones: they must be Ready again on the runtime.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.plugin_utils.records import NodeEntry, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

# A pod as cluster_info has it.
PodEntry = dict[str, Any]
# (namespace, name) of a DaemonSet.
DaemonSetKey = tuple[str, str]


def own_pods(baseline: NodeEntry) -> list[PodEntry]:
    """The pods of a baseline that belong to the node itself: those of DaemonSets, and static ones."""
    return [pod for pod in baseline.get("pods") or [] if pod["static"] or pod["owner_kind"] == "DaemonSet"]


def daemonset_key(pod: PodEntry) -> DaemonSetKey | None:
    """The DaemonSet of a node's own pod, or None of a static one."""
    return None if pod["static"] else (pod["namespace"], pod["owner_name"])


def judge_pods(expectation: dict[str, Any], entry: NodeEntry, gone: Collection[DaemonSetKey] = ()) -> list[Unmet]:
    """Which of the node's own pods are not Ready again on the wanted runtime. Pure.

    A pod that was not Ready before is not waited for. ``gone``: DaemonSets that no longer exist.
    """
    unmet = []
    prefix = expectation["version_prefix"]
    for before in own_pods(expectation.get("baseline") or {}):
        if not before["ready"] or daemonset_key(before) in gone:
            continue
        now = [pod for pod in entry["pods"] if _same_place(before, pod) and not pod["terminating"]]
        what = "static pod" if before["static"] else "pod of DaemonSet %s" % before["owner_name"]
        text = "%s/%s (%s)" % (before["namespace"], before["name"], what)
        if not now:
            unmet.append(_pod_unmet(before, "%s is missing" % text))
            continue
        foreign = [cid for pod in now for cid in pod["container_ids"] if not cid.startswith(prefix)]
        if foreign or not all(pod["container_ids"] for pod in now):
            unmet.append(_pod_unmet(before, "%s has no container of %s yet" % (text, prefix), seen=foreign))
        elif not any(pod["ready"] for pod in now):
            unmet.append(_pod_unmet(before, "%s is not Ready (%s)" % (text, now[0]["phase"]), seen=now[0]["phase"]))
    return unmet


def check_pods(client: Client, expectation: dict[str, Any], entry: NodeEntry) -> list[Unmet]:
    """judge_pods(), after asking the API whether the DaemonSets of missing pods still exist."""
    unmet = judge_pods(expectation, entry)
    missing = [(item["details"]["namespace"], item["details"]["name"]) for item in unmet]
    gone = set()
    for before in own_pods(expectation.get("baseline") or {}):
        key = daemonset_key(before)
        if key and (before["namespace"], before["name"]) in missing and not _exists(client, key):
            gone.add(key)
    return judge_pods(expectation, entry, gone) if gone else unmet


def _exists(client: Client, key: DaemonSetKey) -> bool:
    """Whether the DaemonSet exists. Where the API refuses to say so, it counts as there."""
    try:
        client.get("/apis/apps/v1/namespaces/%s/daemonsets/%s" % key)
    except KubeError as exc:
        return exc.status != 404
    return True


def _same_place(before: PodEntry, pod: PodEntry) -> bool:
    if before["static"]:
        return pod["static"] and (pod["namespace"], pod["name"]) == (before["namespace"], before["name"])
    keys = ("namespace", "owner_kind", "owner_name")
    return all(pod[key] == before[key] for key in keys)


def _pod_unmet(before: PodEntry, text: str, **details: Any) -> Unmet:
    return unmet_entry("CRI-VERIFY-POD", text, namespace=before["namespace"], name=before["name"], **details)
