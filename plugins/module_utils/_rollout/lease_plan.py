# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about the Lease that keeps two rollouts apart, by its content and the server's time. Pure: no I/O."""

import math

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.times import micro_time, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Optional, Tuple

    Lease = Dict[str, Any]

# Who runs the rollout, and the process that does, beside holderIdentity (the run's id).
OWNER_ANNOTATION, PROCESS_ANNOTATION = "cri.switchover/owner", "cri.switchover/process"
# Seconds after which a Lease ends that has no duration: client-go's LeaseDuration.
DEFAULT_DURATION = 15


def state(lease: "Optional[Lease]", now: float) -> "Optional[Dict[str, Any]]":
    """The ``run_id``, ``owner`` and ``process`` of the run that holds it, and ``seconds_left``.

    None when nobody holds the Lease, or its time is up. ``now`` is in seconds since the epoch.
    """
    spec = (lease or {}).get("spec") or {}
    annotations = ((lease or {}).get("metadata") or {}).get("annotations") or {}
    renewed = parse_time(spec.get("renewTime"))
    if not spec.get("holderIdentity") or renewed is None:
        return None
    left = renewed + (spec.get("leaseDurationSeconds") or DEFAULT_DURATION) - now
    if left < 0:
        return None
    return {
        "run_id": spec["holderIdentity"],
        "owner": annotations.get(OWNER_ANNOTATION) or "unknown",
        "process": annotations.get(PROCESS_ANNOTATION) or "",
        "seconds_left": int(math.ceil(left)),
    }


def plan_hold(
    lease: "Optional[Lease]", run: "Mapping[str, Any]", now: float, ended: bool = False
) -> "Tuple[str, Optional[Dict[str, Any]]]":
    """The action for a run that wants the Lease, and its body: "create", "take", "renew", or "refuse" without a body.

    ``lease`` is None when there is none. ``run`` has run_id, owner, process and duration, ``now`` is the server's
    time. ``ended`` says that the process no longer runs that the Lease names. The body has the resourceVersion, so that
    the API refuses it when somebody else has written meanwhile.
    """
    current = state(lease, now)
    spec = {"renewTime": micro_time(now), "leaseDurationSeconds": run["duration"], "holderIdentity": run["run_id"]}
    annotations = {OWNER_ANNOTATION: run["owner"] or None, PROCESS_ANNOTATION: run["process"] or None}
    if lease is None:
        annotations = dict((key, annotations[key]) for key in annotations if annotations[key])
        return "create", {"metadata": {"annotations": annotations}, "spec": dict(spec, acquireTime=micro_time(now))}
    meta = {"annotations": annotations, "resourceVersion": lease["metadata"]["resourceVersion"]}
    if current and current["run_id"] == run["run_id"]:
        return "renew", {"metadata": meta, "spec": spec}
    if current and not ended:
        return "refuse", None
    spec["acquireTime"] = micro_time(now)
    spec["leaseTransitions"] = ((lease.get("spec") or {}).get("leaseTransitions") or 0) + 1
    return "take", {"metadata": meta, "spec": spec}


def plan_release(lease: "Optional[Lease]", run_id: str) -> "Optional[Dict[str, Any]]":
    """The patch that releases the Lease; None when the run does not hold it."""
    if not lease or (lease.get("spec") or {}).get("holderIdentity") != run_id:
        return None
    return {
        "metadata": {
            "annotations": {OWNER_ANNOTATION: None, PROCESS_ANNOTATION: None},
            "resourceVersion": lease["metadata"]["resourceVersion"],
        },
        "spec": {"holderIdentity": None},
    }
