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
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.handlers_on_node import without_origins
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
    # Its switchover_handlers, without the origins of programs: a URL may have credentials.
    handlers: list[dict[str, Any]] = []


def read_host(name: str, variables: Variables) -> Host | None:
    """The host as a plan needs it, or None of one that preflight has not read: one that is skipped."""
    node = variables.get("preflight_node") or {}
    if not node.get("info"):
        return None
    return Host(
        name=name,
        info=node["info"],
        target=node.get("target") or registry.DEFAULT_TARGET,
        retry=value("switchover_retry", variables),
        longest_s=longest(variables),
        settings=node.get("settings"),
        handlers=without_origins(value("switchover_handlers", variables)),
    )


def result(variables: Variables) -> Mapping[str, Any]:
    """What the role switch_node says of the host; empty as long as it has not begun."""
    return variables.get("switch_node_result") or {}


def outcome(variables: Variables) -> str | None:
    """What became of the host in this run: switched, reverted, failed, or None as long as it has not ended."""
    return result(variables).get("outcome")


def runtime_now(variables: Variables, resumed: bool) -> str:
    """The runtime that a host was switched to.

    Of a host that was ``resumed`` the journal names it; any other one may have a setting of its own.
    """
    to = _journal(variables).get("to") if resumed else None
    return to or value("switchover_target", variables)


def needs_attention(variables: Variables) -> bool:
    """Whether a human must check a host that failed: its phase is not known, or its return to service failed too."""
    failure = result(variables).get("failure") or {}
    return failure.get("phase") == "unknown" or "not_returned" in failure


def last_seen(variables: Variables) -> str:
    """What a host's journal showed when this run last read it, as part of a sentence."""
    seen = result(variables)
    failure = seen.get("failure") or {}
    phases = [failure.get("last_phase"), failure.get("phase"), seen.get("last_phase"), seen.get("phase")]
    phase = next((phase for phase in phases if phase not in (None, "", "unknown")), None)
    if not phase:
        phase = _journal(variables).get("phase")
        # Set where a node is staged; a run whose staging is incomplete begins no window.
        if "kubelet_runtime_result" in variables:
            phase = "staged"
    return "its journal last showed %s" % phase if phase else "it had no journal"


def _journal(variables: Variables) -> Mapping[str, Any]:
    info = (variables.get("preflight_node") or {}).get("info") or {}
    return info.get("journal") or {}
