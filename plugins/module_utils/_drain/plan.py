# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a drain: which pods of a node it evicts, waits for, keeps or refuses. Pure: no I/O.

pod_rules.py decides about each pod.
"""

from ansible_collections.cri.switchover.plugins.module_utils._drain.pod_rules import classify, warnings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, List, Mapping

    Entry = Dict[str, Any]
    Plan = Dict[str, List[Entry]]


def plan_pods(
    pods: "Iterable[Mapping[str, Any]]",
    pdbs: "Iterable[Mapping[str, Any]]",
    options: "Mapping[str, Any]",
    newcomers: "Collection[str]" = (),
) -> "Plan":
    """Lists of {namespace, name, uid, reason, pdbs, warnings} under "evict", "wait", "keep" and "refuse", sorted.

    Those under "refuse" also have all their ``reasons``. ``pods`` are entries of pod_entry() and ``pdbs`` of
    pdb_entry(). ``newcomers`` are the UIDs of pods that came after the cordon.
    """
    exhausted = set("%s/%s" % (p["namespace"], p["name"]) for p in pdbs if not p["allowed"])
    plan: "Plan" = {"evict": [], "wait": [], "keep": [], "refuse": []}
    for pod in sorted(pods, key=lambda pod: (pod["namespace"], pod["name"])):
        what, reasons = classify(pod, options, pod["uid"] in newcomers)
        entry = {key: pod[key] for key in ("namespace", "name", "uid", "pdbs")}
        leaves = what == "evict" and reasons != ["finished"]
        entry.update(reason=reasons[0], warnings=warnings_of(pod, options, exhausted) if leaves else [])
        if what == "refuse":
            entry["reasons"] = reasons
        plan[what].append(entry)
    return plan
