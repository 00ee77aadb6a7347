# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order and in which batches a run works on its nodes. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.errors import RolloutError
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.nodes import PlanNode
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.states import RESUMED

# {"order": [names of hosts], "serial": [sizes of the batches]}, and for a whole plan "resume": a part of the same kind.
Plan = dict[str, Any]


def plan(nodes: Sequence[PlanNode], batches: Sequence[int | str], forks: int) -> Plan:
    """Order nodes and divide them into batches.

    ``nodes``: of nodes(), in the inventory's order; ``batches``: sizes for the workers, numbers or percentages, the
    last one repeats; ``forks``: how many nodes Ansible works on at once. Nodes that an earlier run left unfinished are
    a part of their own: they are resumed before any other is touched. The others are in state pending or revert. In
    each part workers come first, zone by zone, and no batch spans two zones. Then comes the control plane, one node at
    a time.
    Returns ``{"resume": part, "order": [names], "serial": [sizes]}``, with the same two keys in the part. Raises
    RolloutError when a batch cannot be had.
    """
    if not batches:
        raise RolloutError("switchover_batches is empty: give at least one batch size, for example [1]")
    parts = [
        _plan_part([n for n in nodes if n.get("state", "pending") in states], batches, forks)
        for states in (RESUMED, ("pending", "revert"))
    ]
    largest = max([0] + parts[0]["serial"] + parts[1]["serial"])
    if largest > forks:
        raise RolloutError(
            "switchover_batches gives a batch of %d nodes, but Ansible works on %d at once (forks). Drained nodes "
            "would wait for their turn. Raise forks (-f), or lower the batch" % (largest, forks)
        )
    return dict(parts[1], resume=parts[0])


def _plan_part(nodes: Sequence[PlanNode], batches: Sequence[int | str], forks: int) -> Plan:
    workers = [n for n in nodes if not n["control_plane"]]
    zones: list[str] = []
    for node in workers:
        if node.get("zone", "") not in zones:
            zones.append(node.get("zone", ""))
    sizes = [_size(b, len(workers) or 1, forks) for b in batches]
    order: list[str] = []
    serial: list[int] = []
    for zone in zones:
        rest = [n["name"] for n in workers if n.get("zone", "") == zone]
        while rest:
            size = sizes[min(len(serial), len(sizes) - 1)]
            order += rest[:size]
            serial.append(len(rest[:size]))
            rest = rest[size:]
    for node in nodes:
        if node["control_plane"]:
            order.append(node["name"])
            serial.append(1)
    return {"order": order, "serial": serial}


def _size(batch: int | str, total: int, forks: int) -> int:
    """A batch size as Ansible's ``serial`` has it: a number, or a percentage of ``total`` nodes, at least one.

    A percentage grows with the fleet, and forks do not: it never gives more than ``forks``.
    """
    text = str(batch).strip()
    if text.endswith("%"):
        percent = text[:-1].strip()
        if percent.isdigit() and 0 < int(percent) <= 100:
            return max(1, min(total * int(percent) // 100, forks))
    elif text.isdigit() and int(text) > 0:
        return int(text)
    raise RolloutError("switchover_batches: %r is neither a number above 0 nor a percentage up to 100%%" % (batch,))
