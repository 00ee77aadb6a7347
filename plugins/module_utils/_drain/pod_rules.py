# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drain does with one pod: evict it, wait for it, keep it, or refuse the drain. Pure: no I/O.

The rules are those of `kubectl drain`: pods without a controller, and pods with emptyDir volumes, are refused unless
an option allows their loss. Pods of DaemonSets and static pods stay.
"""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import ENDED
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.selectors import selects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, List, Mapping, Tuple

    Pod = Mapping[str, Any]  # an entry of _kubernetes/entries.py
    Options = Mapping[str, Any]  # see options.py

REMEDIES = {
    "unmanaged": "no controller will make it again: delete it yourself, or set force (switchover_drain_force)",
    "controller-gone": "its controller no longer exists, nothing will make it again: delete it yourself, or set force"
    " (switchover_drain_force)",
    "emptydir": "its emptyDir volumes would be lost: set delete_emptydir (switchover_drain_delete_emptydir) if that is"
    " acceptable",
    "two-pdbs": "the API cannot evict a pod that two PodDisruptionBudgets match: change one of them, or, as a last"
    " resort, set disable_eviction (switchover_drain_disable_eviction)",
}

# What may make a drain slow, or hurt. A drain does not refuse for these.
WARNINGS = {
    "single-replica": "the only replica: down until it is started elsewhere",
    "pdb-exhausted": "a PodDisruptionBudget allows no eviction now",
    "grace-exceeds-timeout": "may take longer to end than the drain may take",
}


# --- what refuses a drain ---------------------------------------------------------------------------------------


def is_unmanaged(pod: "Pod", options: "Options") -> bool:
    """Whether no controller would make the pod again, and ``force`` does not allow that."""
    return pod["owner_kind"] is None and not options["force"]


def is_orphaned(pod: "Pod", options: "Options") -> bool:
    """Whether the pod's controller no longer exists, and ``force`` does not allow that."""
    return pod["owner_gone"] and not options["force"]


def loses_emptydir(pod: "Pod", options: "Options") -> bool:
    """Whether data in emptyDir volumes would be lost, and ``delete_emptydir`` does not allow that."""
    return pod["emptydir"] and not options["delete_emptydir"]


def has_two_budgets(pod: "Pod", options: "Options") -> bool:
    """Whether the API can never evict the pod, because two PodDisruptionBudgets match it. To delete it needs none."""
    return len(pod["pdbs"]) > 1 and not options["disable_eviction"]


_REFUSALS = (
    ("unmanaged", is_unmanaged),
    ("controller-gone", is_orphaned),
    ("emptydir", loses_emptydir),
    ("two-pdbs", has_two_budgets),
)


def refusals(pod: "Pod", options: "Options") -> "List[str]":
    """All reasons, keys of REMEDIES, for which a pod must not be removed without an option that allows it."""
    return [reason for reason, holds in _REFUSALS if holds(pod, options)]


# --- what becomes of a pod --------------------------------------------------------------------------------------


def classify(pod: "Pod", options: "Options", newcomer: bool = False) -> "Tuple[str, List[str]]":
    """ "evict", "wait", "keep" or "refuse", with its one reason, or with every reason that refuses.

    ``newcomer`` says that the pod came after the cordon.
    """
    what, reason = _leaves(pod, options, newcomer)
    refused = refusals(pod, options) if what == "evict" and reason != "finished" else []
    return ("refuse", refused) if refused else (what, [reason])


def _leaves(pod: "Pod", options: "Options", newcomer: bool) -> "Tuple[str, str]":
    if pod["static"]:
        return "keep", "static"
    kind = pod["owner_kind"]
    if kind == "DaemonSet" and not pod["owner_gone"]:
        return "keep", "daemonset"
    if pod["namespace"] in options["skip_namespaces"]:
        return "keep", "namespace-skipped"
    if options["selector"] and not selects(options["selector"], pod["labels"]):
        return "keep", "not-selected"
    if pod["terminating"]:
        return "wait", "terminating"
    if newcomer and pod["tolerates_cordon"]:
        # After each eviction, its controller would place a new one on the cordoned node.
        return "keep", "tolerates-cordon"
    if pod["phase"] in ENDED:
        return "evict", "finished"
    return "evict", kind or "unmanaged"


def warnings_of(pod: "Pod", options: "Options", exhausted: "Collection[str]") -> "List[str]":
    """The keys of WARNINGS that hold for a pod that leaves. ``exhausted`` are names of budgets that allow nothing."""
    found = []
    if pod["owner_single"]:
        found.append("single-replica")
    if not options["disable_eviction"] and any(name in exhausted for name in pod["pdbs"]):
        found.append("pdb-exhausted")
    grace = pod["grace"] if options["grace"] is None else options["grace"]
    if (grace or 0) > options["timeout"]:
        found.append("grace-exceeds-timeout")
    return found
