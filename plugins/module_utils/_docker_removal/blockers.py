# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why Docker may not be removed from a node now. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import listed
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.containers import unmanaged
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.data import data_problems
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import unmet_entry
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import SCHEMA
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List

    # {reason, text, details}
    Blocker = Dict[str, Any]


def blockers(facts: "Dict[str, Any]", want_data: bool) -> "List[Blocker]":
    """What stands in the way, each {reason, text, details}. ``facts``: of facts.RemovalFacts.read()."""
    found = list(_of_run(facts))
    found += _of_use(facts)
    found += _of_packages(facts["packages"])
    if want_data:
        texts = [text for directory in facts["data"]["roots"] for text in data_problems(directory)]
        if texts:
            found.append(
                unmet_entry("CRI-REMOVE-DATA", "Docker's data is not deleted: %s" % "; ".join(texts), problems=texts)
            )
    return found


def _of_run(facts: "Dict[str, Any]") -> "Iterator[Blocker]":
    """The node's own record of its switch, and whether a run works on it now."""
    journal = facts["journal"]
    if journal is not None and journal.get("schema", 0) > SCHEMA:
        yield unmet_entry("CRI-JOURNAL-NEWER", "the journal comes from a newer tool (%s)" % journal.get("tool_version"))
        return
    # A removal deletes the journal last: where Docker is gone already, nothing is unconfirmed.
    if journal is None and (facts["packages"]["dockers"] or facts["unpackaged"]):
        yield unmet_entry(
            "CRI-REMOVE-UNCONFIRMED",
            "Docker is installed, and no switch of this node is on record: switch it first",
            phase=None,
        )
    elif journal is not None and journal.get("phase") != "finalized":
        yield unmet_entry(
            "CRI-REMOVE-UNCONFIRMED",
            "the node is %s, not confirmed and finalized. Complete the switch first: after the removal no revert is "
            "possible" % journal.get("phase"),
            phase=journal.get("phase"),
        )
    if facts["lock"]:
        reason, text, details = facts["lock"]
        yield unmet_entry(reason, text, **details)


def _of_use(facts: "Dict[str, Any]") -> "Iterator[Blocker]":
    """Whoever uses Docker, and whether the node works without it."""
    runtime = facts["runtime"]
    if not registry.is_target(runtime["in_use"]):
        yield unmet_entry(
            "CRI-REMOVE-IN-USE",
            "kubelet's runtime is %s (%s): switch the node first" % (runtime["in_use"], runtime["evidence"]),
            runtime=runtime["in_use"],
        )
    running = ["process %s in %s" % item for item in sorted(facts["pod_processes"].items())]
    running += ["container %s" % identifier[:12] for identifier in facts["shims"]]
    if running:
        yield unmet_entry(
            "CRI-REMOVE-IN-USE", "Docker still runs: %s; stop these first" % listed(running), running=running
        )
    others = unmanaged(facts["containers"])
    if others:
        yield unmet_entry(
            "CRI-REMOVE-FOREIGN",
            "Docker has containers that are not Kubernetes': %s. Move them elsewhere, then remove them with `docker "
            "rm`; start docker.service for that if it is stopped" % listed(others),
            containers=others,
        )
    needed = facts["needed_by"]
    if needed:
        yield unmet_entry(
            "CRI-REMOVE-NEEDED",
            "units need docker.service: %s; disable them, or remove their dependency on it" % listed(needed),
            units=needed,
        )
    if facts["unhealthy"]:
        yield unmet_entry(
            "CRI-REMOVE-UNHEALTHY",
            "the node does not work as it is, so that nobody could see what the removal broke: %s"
            % "; ".join(facts["unhealthy"]),
            unmet=facts["unhealthy"],
        )


def _of_packages(packages: "Dict[str, Any]") -> "Iterator[Blocker]":
    """What the package manager refuses, or would change beside Docker."""
    names = packages["dockers"]
    held = [name for name in names if name in packages["held"]]
    if held:
        yield unmet_entry(
            "CRI-REMOVE-ON-HOLD",
            "packages are on hold: %s; undo that (apt-mark unhold, dnf versionlock delete)" % listed(held),
            packages=held,
        )
    if not names:
        return
    manager, simulation = packages["manager"], packages["simulation"]
    if not simulation["ok"]:
        yield unmet_entry(
            "CRI-REMOVE-PACKAGES",
            "%s cannot say what it would remove with %s: %s"
            % (manager or "no package manager", listed(names), simulation["error"]),
            packages=names,
        )
        return
    taken = sorted(item["name"] for item in simulation["remove"] if item["name"] not in names)
    changed = [item["name"] for item in simulation["install"] + simulation["upgrade"]]
    touched = sorted(set(changed + simulation.get("pending", [])))
    if taken or touched:
        parts = ["would remove %s, too" % listed(taken)] if taken else []
        parts += ["would install or configure %s" % listed(touched)] if touched else []
        yield unmet_entry(
            "CRI-REMOVE-TAKES",
            "%s %s; fix that by hand first" % (manager, " and ".join(parts)),
            takes=taken,
            touches=touched,
            remedy="apt-get -s remove %s" % " ".join(names),
        )
