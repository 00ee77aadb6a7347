# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout reads of a host's variables: nothing else reads them. Pure: no I/O.

Each lookup in ``hostvars`` is work for Ansible. So each function takes the variables of one host.
Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Settings
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.durations import longest
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import value

Variables = Mapping[str, Any]


class Host(NamedTuple):
    """What a plan must know of a host."""

    # Its name in the inventory.
    name: str
    info: Facts
    # The runtime that it shall end on.
    target: str
    # Whether a node that an earlier run reverted is tried again.
    retry: bool
    longest_s: int
    # Of shaping(): what the host has now of the settings that shape a node; None: not compared.
    settings: Settings | None = None


def read_host(name: str, variables: Variables) -> Host | None:
    """The host as a plan needs it, or None of one that preflight has not read: one that is skipped."""
    info = variables.get("preflight_info")
    if not info:
        return None
    return Host(
        name=name,
        info=info,
        target=variables.get("preflight_node_target") or registry.DEFAULT_TARGET,
        retry=value("switchover_retry", variables),
        longest_s=longest(variables),
        settings=variables.get("preflight_settings"),
    )


def outcome(variables: Variables) -> str | None:
    """What became of the host in this run: switched, reverted, failed, or None as long as it has not ended."""
    return variables.get("switch_node_outcome")


def runtime_now(variables: Variables, resumed: bool) -> str:
    """The runtime that a host was switched to.

    Of a host that was ``resumed`` the journal names it; any other one may have a setting of its own.
    """
    journal = ((variables.get("preflight_info") or {}).get("journal") or {}) if resumed else {}
    return journal.get("to") or value("switchover_target", variables)


def needs_attention(variables: Variables) -> bool:
    """Whether a human must check a host that failed: its phase is not known, or its return to service failed too."""
    failure = variables.get("switch_node_failure") or {}
    return failure.get("phase") == "unknown" or "not_returned" in failure


def last_seen(variables: Variables) -> str:
    """What a host's journal showed when this run last read it, as part of a sentence."""
    cutover, failure = variables.get("__switch_node_cutover") or {}, variables.get("switch_node_failure") or {}
    seen = [failure.get("last_phase"), failure.get("phase"), cutover.get("last_phase"), cutover.get("phase")]
    phase = next((phase for phase in seen if phase not in (None, "", "unknown")), None)
    if not phase:
        phase = ((variables.get("preflight_info") or {}).get("journal") or {}).get("phase")
        # Registered where a node is staged; a run whose staging is incomplete begins no window.
        if "__switch_node_kubelet" in variables:
            phase = "staged"
    return "its journal last showed %s" % phase if phase else "it had no journal"
