# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node needs from a run, by its journal and by its runtime. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import CORDON_ANNOTATION
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Facts, Settings
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.drift import SWITCHED, changes

# What an earlier run left: it is finished, or returned to service, before any other node is touched.
RESUMED = ("awaiting_finalize", "switched", "interrupted", "reverted")

_BY_PHASE = {
    "switching": "interrupted",
    "reverting": "interrupted",
    "switched": "switched",
    "revert_blocked": "switched",
    "revert_failed": "revert_failed",
}


def is_cordoned(cluster: Cluster, name: str | None) -> bool:
    """Whether the node ``name`` carries the annotation by which a run of this collection marks its cordon."""
    return CORDON_ANNOTATION in (cluster.get("nodes", {}).get(name, {}).get("annotations") or {})


def node_state(info: Facts, target: str, settings: Settings | None, cordoned: bool = False, retry: bool = False) -> str:
    """What a node needs so that it runs on ``target``: its state.

    pending      it is on Docker, and nothing of an earlier run is in the way
    interrupted  a switch or a revert runs there, or was interrupted
    switched  on its target, and not confirmed yet
    awaiting_finalize  confirmed: still to be finalized, or to be uncordoned
    reverted  an earlier run reverted it; with ``retry`` it is tried again, and so is pending
    done      nothing
    drift     nothing either, but its settings were changed since its switch, as its journal has recorded them
    revert_failed  a human must check it

    ``settings``: of shaping(), those that the host has now; None: they are not compared.
    ``cordoned``: by a run of this collection, which has not undone that.
    """
    journal = info.get("journal") or {}
    phase = journal.get("phase")
    if journal.get("error") or journal.get("newer"):
        return "revert_failed"
    if phase in _BY_PHASE:
        return _BY_PHASE[phase]
    if info.get("runtime", {}).get("in_use") != target:
        return "reverted" if phase == "reverted" and not retry else "pending"
    if phase == "confirmed" or (phase == "finalized" and cordoned):
        return "awaiting_finalize"
    if phase == "finalized" and settings is not None and changes(info, settings):
        return "drift"
    return "done"


def revert_state(info: Facts, cordoned: bool = False) -> str:
    """What a node needs when the fleet is reverted to Docker: its state.

    revert    it is on its target by a switch of this collection
    reverted  it is back on Docker, and a run of this collection has not undone its cordon
    interrupted  a switch or a revert runs there, or was interrupted
    done      nothing: it is on Docker, or this collection did not switch it
    revert_failed  a human must check it
    """
    journal = info.get("journal") or {}
    phase = journal.get("phase")
    if journal.get("error") or journal.get("newer"):
        return "revert_failed"
    if phase in ("confirmed", "finalized") and registry.is_source(info.get("runtime", {}).get("in_use")):
        return "done"
    if phase in SWITCHED:
        return "revert"
    if phase == "reverted":
        return "reverted" if cordoned else "done"
    return _BY_PHASE.get(phase or "", "done")
