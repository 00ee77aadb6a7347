# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about the Lease that keeps two rollouts apart, by what it says and the server's time. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import calendar
import datetime
import math
import re

# Who runs the rollout, and the process that does, on the Lease beside its holderIdentity (the run's id).
WHO_ANNOTATION, PROCESS_ANNOTATION = "cri.switchover/holder", "cri.switchover/process"
# A Lease that says nothing of it ends so long after it was renewed: as client-go has it.
DEFAULT_DURATION = 15


def moment(text):
    """Seconds since the epoch from "2026-11-25T13:00:00.123456Z", or without the fraction; None when it is no time."""
    match = re.match(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z$", str(text or ""))
    if not match:
        return None
    whole = calendar.timegm(datetime.datetime.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S").timetuple())
    return whole + float(match.group(2) or 0)


def stamp(now):
    """The MicroTime of seconds since the epoch."""
    return datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def state(lease, now):
    """{run_id, holder, process, left} of who holds a Lease; None when nobody does, or its time is up."""
    spec = (lease or {}).get("spec") or {}
    notes = ((lease or {}).get("metadata") or {}).get("annotations") or {}
    renewed = moment(spec.get("renewTime"))
    if not spec.get("holderIdentity") or renewed is None:
        return None
    left = renewed + (spec.get("leaseDurationSeconds") or DEFAULT_DURATION) - now
    if left < 0:
        return None
    return {
        "run_id": spec["holderIdentity"],
        "holder": notes.get(WHO_ANNOTATION) or "unknown",
        "process": notes.get(PROCESS_ANNOTATION) or "",
        "left": int(math.ceil(left)),
    }


def plan_hold(lease, run, now, ended=False):
    """(action, body) for a run that wants the Lease: ``create`` or ``take`` or ``renew`` it, or ``refuse``d (no body).

    ``lease``: the object, or None when there is none; ``run``: run_id, holder, process, duration; ``now``: the server's
    time; ``ended``: the process that the Lease names is known to be no more.
    A body goes with the object's resourceVersion, so that it counts only for what was seen here.
    """
    now_holds = state(lease, now)
    spec = {"renewTime": stamp(now), "leaseDurationSeconds": run["duration"], "holderIdentity": run["run_id"]}
    notes = {WHO_ANNOTATION: run["holder"] or None, PROCESS_ANNOTATION: run["process"] or None}
    if lease is None:
        notes = dict((key, notes[key]) for key in notes if notes[key])
        return "create", {"metadata": {"annotations": notes}, "spec": dict(spec, acquireTime=stamp(now))}
    meta = {"annotations": notes, "resourceVersion": lease["metadata"]["resourceVersion"]}
    if now_holds and now_holds["run_id"] == run["run_id"]:
        return "renew", {"metadata": meta, "spec": spec}
    if now_holds and not ended:
        return "refuse", None
    spec["acquireTime"] = stamp(now)
    spec["leaseTransitions"] = ((lease.get("spec") or {}).get("leaseTransitions") or 0) + 1
    return "take", {"metadata": meta, "spec": spec}


def plan_release(lease, run_id):
    """The patch that lets go of the Lease; None when the run does not hold it."""
    if not lease or (lease.get("spec") or {}).get("holderIdentity") != run_id:
        return None
    return {
        "metadata": {
            "annotations": {WHO_ANNOTATION: None, PROCESS_ANNOTATION: None},
            "resourceVersion": lease["metadata"]["resourceVersion"],
        },
        "spec": {"holderIdentity": None},
    }
