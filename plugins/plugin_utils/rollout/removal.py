# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The removal of Docker from many nodes: its plan, and whether it may continue. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.plan import Plan, plan

# {host: its fact remove_docker_result}: "wanted", "blocked" (reasons, in one text) and later "outcome".
Results = Mapping[str, Mapping[str, Any]]

# Pods keep running, so batches are large. The first node is a batch of its own.
BATCHES = (1, "25%")


def plan_removal(results: Results, control_plane: Collection[str], forks: int) -> Plan:
    """The order and the batches: workers first, then the control plane, one node at a time.

    ``results``: in the inventory's order. Only nodes that ask for the removal are in the plan: a batch of others would
    do nothing, and the first node that counts would not be a batch of its own.
    """
    wanted = [{"name": host, "control_plane": host in control_plane} for host in results if results[host].get("wanted")]
    return plan(wanted, BATCHES, forks)


def after_check(results: Results, lost: Sequence[str]) -> str:
    """Why Docker is removed from no node; empty when it may be. ``lost``: hosts that were not checked."""
    blocked = {
        host: found["blocked"] for host, found in results.items() if found.get("wanted") and found.get("blocked")
    }
    if not lost and not blocked:
        return ""
    return (
        "CRI-REMOVE-BLOCKED: Docker was removed from no node. Not checked: %s. Blocked, as reported above: %s. Fix the "
        "causes, then run again."
        % (", ".join(sorted(lost)) or "none", "; ".join("%s: %s" % item for item in blocked.items()) or "none")
    )


def after_batch(order: Sequence[str], results: Results, lost: Sequence[str]) -> str:
    """Why the removal stops; empty when it may continue.

    ``order``: the hosts of the plan; ``lost``: hosts that Ansible has dropped: an unreachable one enters no rescue.
    """
    failed = [host for host in order if results[host].get("outcome") == "failed" and host not in lost]
    if not lost and not failed:
        return ""
    waiting = [host for host in order if not results[host].get("outcome") and host not in lost]
    return (
        "CRI-REMOVE-INCOMPLETE: the removal stops here. Failed: %s. Not started: %s. The next run resumes from here."
        % (", ".join([*lost, *failed]), ", ".join(sorted(waiting)) or "none")
    )
