# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a removal of Docker, what they remove, and what stays. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import listed
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import firewall
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.data import data_items
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.packages import purgeable, to_mark
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.units import to_stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    # {step, objects}
    Step = Dict[str, Any]

# In their order; what a report says of each.
STEPS = {
    "mark": "mark as wanted, so that no autoremove takes them",
    "stop": "stop and disable",
    "packages": "remove the packages",
    "network": "remove from the network",
    "logs": "delete links to logs in Docker's data",
    "run": "delete from /run",
    "data": "DELETE THE DATA in",
    "purge": "purge what these packages leave in /etc",
    "forget": "delete journal, before-images and engine, last of all; then no revert is possible",
}


def plan(facts: "Dict[str, Any]", want_data: bool) -> "List[Step]":
    """The steps, in their order: [{step, objects}]. Empty when nothing of Docker is left that may be removed.

    ``facts``: of facts.RemovalFacts.read(); ``want_data``: whether Docker's data is deleted, too.
    """
    items = {
        "mark": to_mark(facts["packages"]),
        "stop": to_stop(facts["units"]),
        "packages": facts["packages"]["dockers"],
        "network": network_items(facts["network"]),
        "logs": facts["log_links"],
        "run": facts["run"],
        "data": data_items(facts["data"]) if want_data else [],
        "purge": purgeable(facts["packages"]) if want_data else [],
        "forget": facts["state"],
    }
    return [{"step": name, "objects": items[name]} for name in STEPS if items[name]]


def network_items(network: "Dict[str, Any]") -> "List[str]":
    """What is removed of the network, as lines: rules, chains, and links."""
    lines = []
    for name in sorted(network["plans"]):
        lines += ["%s: %s" % (name, line) for line in firewall.sentences(network["plans"][name]["tables"])]
    return lines + ["link %s" % link for link in network["links"]]


def stays(facts: "Dict[str, Any]", want_data: bool) -> "List[str]":
    """What is left in place, and why, as sentences."""
    left = []
    for name in sorted(facts["network"]["plans"]):
        left += ["%s: %s" % (name, line) for line in facts["network"]["plans"][name]["left"]]
    left += facts["network"]["left"]
    if facts["unpackaged"]:
        left.append("programs that belong to no package of Docker: %s" % ", ".join(facts["unpackaged"]))
    if not want_data:
        kept = data_items(facts["data"])
        left += ["Docker's data: %s" % ", ".join(kept)] if kept else []
    return left


def disturbed(before: "Dict[str, Any]", after: "Dict[str, Any]") -> "List[str]":
    """What else has changed on the node while packages were removed, as sentences.

    Both: {runtime, runtime_unit, kubelet, kubelet_unit: main process and unit of each; shims: process ids}.
    """
    found = []
    for key in ("runtime", "kubelet"):
        if before[key] != after[key]:
            found.append("the process of %s was %s and is %s" % (before[key + "_unit"], before[key], after[key]))
    gone = set(before["shims"]) - set(after["shims"])
    # pods come and go on their own; all of them at once do not
    if gone and not set(before["shims"]) & set(after["shims"]):
        found.append("none of the %d container shims is left" % len(gone))
    return found


def report(steps: "List[Step]", blockers: "List[Dict[str, Any]]", left: "List[str]") -> "List[str]":
    """All of it as lines for an operator."""
    lines = ["%s: %s" % (item["reason"], item["message"]) for item in blockers]
    for step in steps:
        # rules are long: each on a line of its own
        parts = step["objects"] if step["step"] == "network" else [listed(step["objects"], 20)]
        lines += ["%s: %s" % (STEPS[step["step"]], part) for part in parts]
    return lines + ["stays: %s" % text for text in left]
