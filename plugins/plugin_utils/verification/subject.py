# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node that nobody works on must be, by its facts: the subject of a read-only verification. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.health import WAIT_S, arguments
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

# Phases of a switch that is not at its end, and of one that is.
UNFINISHED = ("switching", "switched", "reverting", "revert_blocked", "revert_failed")
ON_TARGET = ("confirmed", "finalized")

Handlers = list[dict[str, Any]]


class Subject(NamedTuple):
    """One node. ``source``: the runtime that it was never switched from, as text; "" of a switched node.

    ``unmet``: what is wrong before anything is asked; then there is nothing to ask. ``health``: the arguments of
    cri_health; ``expectation``: what the API must say, as verify() has it.
    """

    source: str
    unmet: list[Unmet]
    health: dict[str, Any]
    expectation: dict[str, Any]


def subject_of(info: Facts, node_name: str, declared: Handlers, seconds: int) -> Subject:
    """What this node must be. ``info``: of node_runtime_info; empty where the node could not be read.

    ``declared``: switchover_handlers, for a node that has no journal of its switch; ``seconds``: that a verification
    may take.
    """
    runtime, journal = dig(info, "runtime.in_use"), info.get("journal") or {}
    if journal.get("phase") in UNFINISHED:
        text = "its switch or revert is %s: run switch_runtime, which resumes it" % journal["phase"]
        return _without(unmet_entry("CRI-VERIFY-UNFINISHED", text, phase=journal["phase"], run_id=journal["run_id"]))
    if registry.is_source(runtime):
        version = dig(info, "%s.version" % runtime)
        return Subject("%s %s" % (runtime, version) if version else str(runtime), [], {}, {})
    if not registry.is_target(runtime):
        text = "it is not known which runtime kubelet uses: %s" % dig(info, "runtime.evidence", "the node was not read")
        return _without(unmet_entry("CRI-VERIFY-RUNTIME", text, seen=runtime))
    switched = journal if journal.get("phase") in ON_TARGET and journal.get("to") == runtime else {}
    return _on_target(info, node_name, switched, declared, seconds)


def _without(entry: Unmet) -> Subject:
    return Subject("", [entry], {}, {})


def _on_target(info: Facts, node_name: str, journal: Facts, declared: Handlers, seconds: int) -> Subject:
    """``journal``: of the switch; empty for a node that has none, or another one, on this target."""
    handlers: Handlers = journal.get("handlers") or declared
    # Whether an optional handler was left out is known by the journal only.
    left_out = [item["name"] for item in handlers if item.get("optional") and not journal]
    left_out += journal.get("left_out") or {}
    present = [item for item in handlers if item["name"] not in left_out]
    prefix = journal.get("version_prefix") or registry.BY_NAME[info["runtime"]["in_use"]].version_prefix
    endpoint = journal.get("socket") or info["runtime"]["endpoint"]
    crictl, image = dig(info, "crictl.path") or "/usr/bin/crictl", journal.get("pause_image")
    health = arguments(endpoint, crictl, prefix, [item["name"] for item in present], image, min(WAIT_S, seconds))
    return Subject(
        "",
        [],
        health,
        {"node_name": node_name, "version_prefix": prefix, "handlers": present, "pause_image": image},
    )
