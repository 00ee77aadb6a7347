# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Lease that keeps two rollouts apart, through the API. _lease_plan says what to do about it; this does it.

Private to this collection: there is no promise that it stays as it is.
"""

import time

from ansible_collections.cri.switchover.plugins.module_utils._common.process import has_ended
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._rollout import lease_plan

NAMESPACE, NAME = "kube-system", "cri-switchover"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/%s/leases" % NAMESPACE
# Each of two that write at once sees the other's, and looks again.
TRIES = 5


class Held(Exception):
    """Another rollout holds the Lease. `held_by`: run_id, holder, left (seconds)."""

    def __init__(self, held_by):
        self.held_by = held_by
        self.reason = "CRI-LEASE-HELD"
        self.message = (
            "rollout %s of %s holds this cluster, for another %d s if it does not come back: Lease %s/%s. "
            "Let it end, or wait; if you know that it is dead: kubectl -n %s delete lease %s"
            % (held_by["run_id"], held_by["holder"], held_by["left"], NAMESPACE, NAME, NAMESPACE, NAME)
        )
        super(Held, self).__init__("%s: %s" % (self.reason, self.message))


def _read(client):
    """(the Lease or None, the server's time)"""
    try:
        lease = client.get("%s/%s" % (LEASES, NAME))
    except KubeError as exc:
        if exc.status != 404:
            raise
        lease = None
    return lease, client.server_time or time.time()


def hold(client, run, check_mode=False):
    """Take or renew the Lease for a run: run_id, holder, process, duration.

    Returns {action: create|take|renew, taken_from: the run that held it in a process that has ended, or None}.
    Raises Held.
    """
    for attempt in range(1, TRIES + 1):
        lease, now = _read(client)
        held_by = lease_plan.state(lease, now)
        ended = bool(held_by) and has_ended(held_by["process"])
        action, body = lease_plan.plan_hold(lease, run, now, ended)
        if action == "refuse":
            raise Held({key: held_by[key] for key in ("run_id", "holder", "left")})
        if not check_mode and not _write(client, action, body, last=attempt == TRIES):
            continue
        return {"action": action, "taken_from": held_by["run_id"] if held_by and action == "take" else None}
    raise AssertionError("the last try writes or raises")


def _write(client, action, body, last):
    """Whether it was written; not when somebody else was faster, but for the last try, which raises."""
    try:
        if action == "create":
            client.post(LEASES, dict(body, metadata=dict(body["metadata"], name=NAME)))
        else:
            client.patch("%s/%s" % (LEASES, NAME), body)
        return True
    except KubeError as exc:
        # 404: deleted in between
        if last or exc.status not in (404, 409):
            raise
        return False


def release(client, run_id, check_mode=False):
    """Let go of the Lease, if the run holds it. Returns whether it did."""
    for attempt in range(1, TRIES + 1):
        patch = lease_plan.plan_release(_read(client)[0], run_id)
        if patch is None:
            return False
        if check_mode or _write(client, "release", patch, last=attempt == TRIES):
            return True
    return False
