# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a rollout is. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import host_variables
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.host_variables import Variables
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.plan import Plan

# As lists of hosts, what progress() returns.
Progress = dict[str, Any]


def progress(
    plan: Plan, facts: Mapping[str, Variables], play_hosts_all: Sequence[str], play_hosts: Sequence[str]
) -> Progress:
    """How far a rollout is, as lists of hosts: ``failed``, ``lost``, ``waiting`` (never started), ``done``.

    And ``unprepared``: hosts of the play whose preparation failed or that are lost; ``moved``: {node name: the runtime
    it is on now} of those that are done; ``reverted``: {host: why} of those that ended on Docker; ``last_seen``: {host:
    words} of those that are lost, could not be reached any more, or could not be returned to service: what their
    journal last showed.

    ``plan``: of plan(), and its ``node_names``, {host: name of its node}; ``facts``: {host: its variables}. This is
    called for each batch and reads all hosts, so that it reads each of them once. ``play_hosts_all``: the hosts of
    the play that runs now; ``play_hosts``: those that it still has. A host that Ansible has dropped is lost, whatever
    it said before. An unreachable one enters no rescue, and of one that failed elsewhere nothing is known.
    """
    resumed = plan["resume"]["order"]
    dropped = set(play_hosts_all) - set(play_hosts)
    # Once the play after them runs, no host of the resumed part will say anything any more.
    past = set() if set(resumed) & set(play_hosts_all) else set(resumed)
    found: Progress = {kind: [] for kind in ("failed", "lost", "waiting", "done", "unprepared")}
    found.update(moved={}, reverted={}, last_seen={})
    for name in resumed + plan["order"]:
        host = facts[name]
        outcome = host_variables.outcome(host)
        kind = _kind(outcome, name in dropped, name in past)
        found[kind].append(name)
        if name in dropped or outcome == "unprepared":
            found["unprepared"].append(name)
        if kind == "lost" or (kind == "failed" and host_variables.needs_attention(host)):
            found["last_seen"][name] = host_variables.last_seen(host)
        if kind == "done":
            runtime = host_variables.runtime_now(host, name in resumed) if outcome == "switched" else "docker"
            found["moved"][plan["node_names"][name]] = runtime
        if outcome == "reverted":
            found["reverted"][name] = host_variables.result(host).get("message") or "no reason was recorded"
    return found


def _kind(outcome: str | None, dropped: bool, past: bool) -> str:
    if dropped or (past and not outcome):
        return "lost"
    if outcome in (None, "unprepared"):
        return "waiting"
    return "failed" if outcome == "failed" else "done"
