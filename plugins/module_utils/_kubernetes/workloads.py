# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workloads with their ready pods, and the baseline: what a fleet was like before a run. Pure: no I/O."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import is_ready, name_of
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.times import micro_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Tuple

    Objects = Mapping[str, List[Dict[str, Any]]]  # by kind

# The kinds that want a number of ready pods.
WORKLOADS = ("DaemonSet", "Deployment", "StatefulSet")


def ready_and_wanted(kind: str, obj: "Dict[str, Any]") -> "Tuple[int, int]":
    """The numbers of pods that are ready, and that are wanted, of a workload."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    if kind == "DaemonSet":
        return status.get("numberReady") or 0, status.get("desiredNumberScheduled") or 0
    wanted = spec.get("replicas")
    return status.get("readyReplicas") or 0, 1 if wanted is None else wanted


def below(workloads: "Objects") -> "Dict[str, Tuple[int, int]]":
    """The numbers, by name, of the workloads that have fewer ready pods than they want."""
    found = {}
    for kind in WORKLOADS:
        for obj in workloads.get(kind) or []:
            ready, wanted = ready_and_wanted(kind, obj)
            if ready < wanted:
                found[name_of(obj, kind)] = (ready, wanted)
    return found


def baseline(
    workloads: "Objects",
    control_plane: "Iterable[Dict[str, Any]]",
    now: float,
    ready_apiservers: "Iterable[str]" = (),
) -> "Dict[str, Any]":
    """What a run remembers of a fleet before it begins. It names exceptions only, because most workloads are well.

    ``now`` is the server's time in seconds since the epoch.
    """
    return {
        "apiservers": sorted(ready_apiservers),
        "at": micro_time(now),
        "below": sorted(below(workloads)),
        "control_plane": sorted(name_of(pod) for pod in control_plane if is_ready(pod)),
    }
