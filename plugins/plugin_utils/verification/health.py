# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's side of a verification: what the module cri_health is asked for, and what its result says. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, NamedTuple

from ansible_collections.cri.switchover.plugins.plugin_utils.records import Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

# Seconds that the module waits for what is not yet as required.
WAIT_S = 30
# Seconds for what it does besides: it starts, and the time limits of crictl's three commands are 60 s together.
ASKING_S = 75

# What a module returns; without "health" where it did not come so far.
ModuleResult = dict[str, Any]


class Health(NamedTuple):
    """What the module found. ``report``: its "health"; ``sources``: what the operator's gates may query."""

    report: dict[str, Any]
    unmet: list[Unmet]
    sources: dict[str, Any]


def arguments(
    endpoint: str, crictl: str, prefix: str, handlers: Collection[str], pause_image: str | None, wait: int
) -> dict[str, Any]:
    """The module's arguments. ``prefix``: of the runtime version that kubelet must report; ``wait``: in seconds."""
    name, _separator, version = prefix.partition("://")
    given: dict[str, Any] = {
        "endpoint": endpoint,
        "crictl": crictl,
        "runtime_name": name,
        "handlers": list(handlers),
        "network_ready": True,
        "wait": wait,
    }
    if version:
        given["runtime_version"] = "^" + re.escape(version)
    if pause_image:
        given["pause_image"] = pause_image
    return given


def health_of(result: ModuleResult) -> Health:
    """What a result of the module says. A module that ended without one of its own is something unmet."""
    if "health" not in result:
        printed = result.get("module_stderr") or result.get("module_stdout") or result.get("msg") or ""
        return no_result("rc %s: %s" % (result.get("rc"), " ".join(str(printed).split())[-300:]))
    unmet: list[Unmet] = list((result.get("details") or {}).get("unmet") or [])
    if result.get("failed") and not unmet:
        unmet = [unmet_entry(result["reason"], str(result["msg"]).partition(": ")[2])]
    sources = {"crictl_info": result.get("info") or None, "crictl_version": result.get("version_fields") or None}
    return Health(result["health"], unmet, sources)


def no_result(error: str) -> Health:
    """Where the module had no result of its own."""
    text = "the module cri_health had no result on the node: %s" % error
    return Health({}, [unmet_entry("CRI-VERIFY-HEALTH", text, seen=error)], {})
