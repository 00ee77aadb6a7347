# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Lease that keeps two rollouts apart, held and released through the API. lease_plan.py says what to do."""

from ansible_collections.cri.switchover.plugins.module_utils._common.process import has_ended
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import get_or_none, server_seconds
from ansible_collections.cri.switchover.plugins.module_utils._rollout import lease_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

NAMESPACE, NAME = "kube-system", "cri-switchover"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/%s/leases" % NAMESPACE
# Of two that write at once, one fails with a conflict, and reads again.
ATTEMPTS = 5


class Held(Exception):
    """Another rollout holds the Lease. ``held_by`` has its run_id, its owner, and the seconds left."""

    def __init__(self, held_by: "Dict[str, Any]") -> None:
        self.held_by = held_by
        self.reason = "CRI-LEASE-HELD"
        self.message = (
            "rollout %s of %s holds the Lease %s/%s of this cluster. The Lease ends in %d s unless that rollout renews "
            "it. Let it end, or wait; if you know that it is dead: kubectl -n %s delete lease %s"
            % (held_by["run_id"], held_by["owner"], NAMESPACE, NAME, held_by["seconds_left"], NAMESPACE, NAME)
        )
        super(Held, self).__init__("%s: %s" % (self.reason, self.message))


def hold(client: "Client", run: "Mapping[str, Any]", check_mode: bool = False) -> "Dict[str, Any]":
    """Take or renew the Lease for a run, which has run_id, owner, process and duration (seconds).

    Returns the ``action`` (create, take or renew) and ``taken_from``. That is the run whose process has ended and that
    held it until now, or None. Raises Held and KubeError.
    """
    attempt = 0
    while True:
        attempt += 1
        lease, now = _read(client)
        held_by = lease_plan.state(lease, now)
        ended = bool(held_by and has_ended(held_by["process"]))
        action, body = lease_plan.plan_hold(lease, run, now, ended)
        if held_by and body is None:
            raise Held({key: held_by[key] for key in ("run_id", "owner", "seconds_left")})
        if check_mode or _write(client, action, body, last=attempt >= ATTEMPTS):
            return {"action": action, "taken_from": held_by["run_id"] if held_by and action == "take" else None}


def release(client: "Client", run_id: str, check_mode: bool = False) -> bool:
    """Release the Lease, if the run holds it. Returns whether it did. Raises KubeError."""
    for attempt in range(1, ATTEMPTS + 1):
        patch = lease_plan.plan_release(_read(client)[0], run_id)
        if patch is None:
            return False
        if check_mode or _write(client, "release", patch, last=attempt == ATTEMPTS):
            return True
    return False


def _read(client: "Client") -> "Tuple[Optional[Dict[str, Any]], float]":
    """The Lease or None, and the server's time."""
    lease = get_or_none(client, "%s/%s" % (LEASES, NAME))
    return lease, server_seconds(client)


def _write(client: "Client", action: str, body: "Any", last: bool) -> bool:
    """Whether the body was written. It is not when somebody else was faster; the last attempt raises then."""
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
