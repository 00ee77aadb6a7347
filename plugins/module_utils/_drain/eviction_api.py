# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an eviction is in the API: its body, the version that a server has, and what its refusals mean. Pure: no I/O."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Mapping, Optional


def eviction(entry: "Mapping[str, Any]", api_version: "Optional[str]", grace: "Optional[int]") -> "Dict[str, Any]":
    """The body of an eviction. ``entry`` has the pod's namespace, name and uid; ``grace`` is in seconds."""
    return {
        "apiVersion": api_version,
        "kind": "Eviction",
        "metadata": {"namespace": entry["namespace"], "name": entry["name"]},
        "deleteOptions": delete_options(entry, grace),
    }


def delete_options(entry: "Mapping[str, Any]", grace: "Optional[int]") -> "Dict[str, Any]":
    """DeleteOptions that hold for this one pod only, and not for the next one of the same name."""
    options: "Dict[str, Any]" = {"preconditions": {"uid": entry["uid"]}}
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    return options


def eviction_version(core_resources: "Mapping[str, Any]") -> str:
    """The apiVersion of an eviction, from the resource list of the core group (/api/v1)."""
    for resource in core_resources.get("resources") or []:
        if resource.get("name") == "pods/eviction":
            return "%s/%s" % (resource.get("group") or "policy", resource.get("version") or "v1beta1")
    return "policy/v1beta1"


def judge_refusal(status: "Optional[int]", reason: str, causes: "Collection[Optional[str]]", message: str = "") -> str:
    """What a failed eviction means: "gone", "budget", "two-pdbs", "retry" or "fatal".

    "budget" says that a PodDisruptionBudget allows no disruption now. "two-pdbs" can never succeed as things are.
    The arguments are those of a KubeError.
    """
    if status == 404 or (status == 409 and "UID in precondition" in message):
        return "gone"
    if status == 429:
        # Where the API itself has too many requests, it names no budget.
        return "budget" if "DisruptionBudget" in causes or "disruption budget" in message else "retry"
    if status == 500 and "more than one PodDisruptionBudget" in message:
        return "two-pdbs"
    if status == 403 and "NamespaceTerminating" in causes:
        return "retry"
    if status is None and reason == "CRI-API-UNREACHABLE":
        return "retry"
    if status == 409 or (status is not None and status >= 500):
        return "retry"
    return "fatal"
