# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods of a node a drain evicts, leaves or refuses, and why; and what the API's answers mean. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.selectors import ENDED, selects

UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"

REMEDIES = {
    "unmanaged": "no controller will make it again: delete it yourself, or set force (switchover_drain_force)",
    "controller-gone": "its controller no longer exists, nothing will make it again: delete it yourself, or set force"
    " (switchover_drain_force)",
    "emptydir": "its emptyDir volumes would be lost: set delete_emptydir (switchover_drain_delete_emptydir) if that is"
    " fine",
    "two-pdbs": "the API cannot evict a pod that two PodDisruptionBudgets match: change one of them, or, as a last"
    " resort, set disable_eviction (switchover_drain_disable_eviction)",
}

# What may make a drain slow, or hurt: it does not refuse for these.
WARNINGS = {
    "single-replica": "the only replica: down until it is started elsewhere",
    "pdb-exhausted": "a PodDisruptionBudget allows no eviction now",
    "grace-exceeds-timeout": "may take longer to end than the drain may take",
}

DEFAULTS = {
    "timeout": 900,
    "grace": None,
    "delete_emptydir": False,
    "force": False,
    "selector": None,  # as an object, see _selectors.parse
    "skip_namespaces": (),
    "disable_eviction": False,
}


def tolerates_cordon(pod):
    return any(
        toleration.get("effect") in (None, "", "NoSchedule")
        and (toleration.get("key") or UNSCHEDULABLE_TAINT) == UNSCHEDULABLE_TAINT
        and (toleration.get("operator") == "Exists" or not toleration.get("value"))
        for toleration in (pod.get("spec") or {}).get("tolerations") or []
    )


def refusals(pod, options):
    """All reasons why a pod must not be removed unasked. The rules of `kubectl drain`, each on its own."""
    found = []
    if pod["owner_kind"] is None and not options["force"]:
        found.append("unmanaged")
    if pod["owner_gone"] and not options["force"]:
        found.append("controller-gone")
    if pod["emptydir"] and not options["delete_emptydir"]:
        found.append("emptydir")
    if len(pod["pdbs"]) > 1 and not options["disable_eviction"]:
        found.append("two-pdbs")
    return found


def classify(pod, options, newcomer=False):
    """("evict"|"wait"|"keep"|"refuse", reasons): one reason, or every one that refuses.

    pod: an entry of _cluster.pod_entry. newcomer: it came after the cordon.
    """
    what, reason = _leaves(pod, options, newcomer)
    refused = refusals(pod, options) if what == "evict" and reason != "finished" else []
    return ("refuse", refused) if refused else (what, [reason])


def _leaves(pod, options, newcomer):
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
        # Its controller puts a new one on the cordoned node as often as we evict it.
        return "keep", "tolerates-cordon"
    if pod["phase"] in ENDED:
        return "evict", "finished"
    return "evict", kind or "unmanaged"


def warnings_of(pod, options, exhausted):
    """The tokens of WARNINGS that hold for a pod that is to leave. exhausted: names of budgets that allow nothing."""
    found = []
    if pod["owner_single"]:
        found.append("single-replica")
    if not options["disable_eviction"] and any(name in exhausted for name in pod["pdbs"]):
        found.append("pdb-exhausted")
    grace = pod["grace"] if options["grace"] is None else options["grace"]
    if (grace or 0) > options["timeout"]:
        found.append("grace-exceeds-timeout")
    return found


def plan_pods(pods, pdbs, options, newcomers=()):
    """{"evict", "wait", "keep", "refuse"}: lists of {namespace, name, uid, reason, pdbs, warnings}, in a stable order.

    Those of "refuse" have `reasons` too: all of them.

    pods: entries of _cluster.pod_entry. pdbs: entries of _cluster.pdb_entry.
    newcomers: UIDs of pods that came after the cordon.
    """
    exhausted = set("%s/%s" % (p["namespace"], p["name"]) for p in pdbs if not p["allowed"])
    plan: dict = {"evict": [], "wait": [], "keep": [], "refuse": []}
    for pod in sorted(pods, key=lambda pod: (pod["namespace"], pod["name"])):
        what, reasons = classify(pod, options, pod["uid"] in newcomers)
        entry = {key: pod[key] for key in ("namespace", "name", "uid", "pdbs")}
        leaves = what == "evict" and reasons != ["finished"]
        entry.update(reason=reasons[0], warnings=warnings_of(pod, options, exhausted) if leaves else [])
        if what == "refuse":
            entry["reasons"] = reasons
        plan[what].append(entry)
    return plan


# --- evictions --------------------------------------------------------------------------------------------------


def eviction(entry, api_version, grace):
    return {
        "apiVersion": api_version,
        "kind": "Eviction",
        "metadata": {"namespace": entry["namespace"], "name": entry["name"]},
        "deleteOptions": delete_options(entry, grace),
    }


def delete_options(entry, grace):
    options = {"preconditions": {"uid": entry["uid"]}}
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    return options


def eviction_version(core_resources):
    """The apiVersion that pods/eviction speaks, from the resource list of the core group."""
    for resource in core_resources.get("resources") or []:
        if resource.get("name") == "pods/eviction":
            return "%s/%s" % (resource.get("group") or "policy", resource.get("version") or "v1beta1")
    return "policy/v1beta1"


def judge_refusal(status, reason, causes, message=""):
    """What a failed eviction means.

    "gone", "budget" (a PDB says not now), "two-pdbs" (never, as things are), "retry" (passing), or "fatal".
    """
    if status == 404 or (status == 409 and "UID in precondition" in message):
        return "gone"
    if status == 429:
        # The API's own "too busy" names no budget.
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
