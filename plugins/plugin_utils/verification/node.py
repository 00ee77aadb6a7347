# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is it the same node, alive since, Ready, on the wanted runtime, with the resources it had? Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import is_unreported, runtime_text
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.quantities import quantity
from ansible_collections.cri.switchover.plugins.plugin_utils.records import NodeEntry, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.heartbeat import Heartbeat
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

# Relative differences that are no difference: a reboot moves memory by some pages, a file system its size by rounding.
_TOLERANCE = {"memory": 0.01, "ephemeral-storage": 0.1}


def judge_alive(expectation: dict[str, Any], entry: NodeEntry, now: Heartbeat) -> list[Unmet]:
    """Whether it is this node, alive since kubelet's stop, Ready, and on the wanted runtime.

    ``expectation``: as verify() has it; ``entry``: the node as cluster_info has it now; ``now``: its heartbeat.
    """
    name, prefix = expectation["node_name"], expectation["version_prefix"]
    unmet = _judge_identity(expectation, entry) + _judge_heartbeat(name, expectation["since"], now)
    if not entry["ready"]:
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-READY",
                "%s is not Ready: %s" % (name, entry["ready_reason"] or "no reason given"),
                seen=entry["ready_reason"],
            )
        )
    if is_unreported(entry["runtime_version"]):
        # The name alone verifies nothing: the runtime did not answer kubelet. The next status is waited for.
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-RUNTIME",
                "%s is on %s, wanted %s" % (name, runtime_text(entry["runtime_version"]), prefix),
                seen=entry["runtime_version"],
                wanted=prefix,
            )
        )
    elif not entry["runtime_version"].startswith(prefix):
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-RUNTIME",
                "%s reports %s, wanted %s" % (name, entry["runtime_version"], prefix),
                seen=entry["runtime_version"],
                wanted=prefix,
            )
        )
    return unmet


def _judge_identity(expectation: dict[str, Any], entry: NodeEntry) -> list[Unmet]:
    wanted = (expectation.get("baseline") or {}).get("uid")
    if not wanted or wanted == entry["uid"]:
        return []
    text = "%s was deleted and registered again: its cordon and annotations are gone" % expectation["node_name"]
    return [unmet_entry("CRI-VERIFY-NODE", text, seen=entry["uid"], wanted=wanted)]


def _judge_heartbeat(name: str, since: Heartbeat, now: Heartbeat) -> list[Unmet]:
    """Both must have changed. The node's clock, from which they come, may be wrong: later or earlier says nothing."""
    return [
        unmet_entry(
            "CRI-VERIFY-HEARTBEAT",
            "%s: no new %s since kubelet stopped (%s)" % (name, what, now.get(key)),
            beat=key,
            seen=now.get(key),
            since=since.get(key),
        )
        for key, what in (("lease_renew", "Lease"), ("heartbeat", "Ready heartbeat"))
        if not now.get(key) or now[key] == since.get(key)
    ]


def judge_resources(expectation: dict[str, Any], entry: NodeEntry) -> list[Unmet]:
    """Whether allocatable and extended resources, CSI drivers and pressure are as they were before."""
    name, baseline = expectation["node_name"], expectation.get("baseline") or {}
    unmet = []
    for part in ("allocatable", "extended"):
        for resource, wanted in sorted((baseline.get(part) or {}).items()):
            seen = entry[part].get(resource)
            if not same_amount(resource, wanted, seen):
                unmet.append(
                    unmet_entry(
                        "CRI-VERIFY-RESOURCES",
                        "%s: allocatable %s is %s, was %s" % (name, resource, seen, wanted),
                        resource=resource,
                        seen=seen,
                        wanted=wanted,
                    )
                )
    lost = [driver for driver in baseline.get("csi_drivers") or [] if driver not in entry["csi_drivers"]]
    if lost:
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-CSI",
                "%s: CSI drivers not registered again: %s" % (name, ", ".join(lost)),
                seen=entry["csi_drivers"],
                wanted=baseline["csi_drivers"],
            )
        )
    new = [pressure for pressure in entry["pressure"] if pressure not in (baseline.get("pressure") or [])]
    if new:
        text = "%s is under %s, and was not before" % (name, ", ".join(new))
        unmet.append(unmet_entry("CRI-VERIFY-PRESSURE", text, seen=new))
    return unmet


def same_amount(resource: str, wanted: Any, seen: Any) -> bool:
    """Whether two quantities of the API ("2", "2000m", "4Gi") are the same, as far as this resource is exact."""
    try:
        wanted, seen = quantity(wanted), quantity(seen)
    except ValueError:
        return False
    return abs(wanted - seen) <= _TOLERANCE.get(resource, 0) * abs(wanted)
