# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own gates over one node: what they are asked of, and which are not met.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import shlex
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._rollout import gates as gate_core
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.connection import as_json
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.records import ApiObject, Unmet
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

# As the operator wrote it, and with what was seen.
Gate = dict[str, Any]


def require_compilable(gates: list[Gate]) -> None:
    """Raise Refused for gates that can never be evaluated."""
    try:
        gate_core.compile_gates(gates)
    except gate_core.GateError as exc:
        reason, _colon, text = str(exc).partition(": ")
        raise Refused(reason, text) from exc


def evaluate(engine: NodeEngine, gates: list[Gate], node: ApiObject) -> list[Gate]:
    """Each gate with what was seen; crictl is asked on the node, where a gate needs it. ``node``: the Node object."""
    return gate_core.evaluate(_data_for(engine, gates, node), gates)


def unmet_of(gates: list[Gate]) -> list[Unmet]:
    """Evaluated gates that are not met, as unmet requirements."""
    return [
        unmet_entry(
            "CRI-GATE-UNMET",
            "gate %s: seen %s, wanted %s" % (gate["name"], gate["seen"], gate["wanted"]),
            **gate,
        )
        for gate in gates
        if not gate["ok"]
    ]


def _data_for(engine: NodeEngine, gates: list[Gate], node: ApiObject) -> dict[str, Any]:
    data: dict[str, Any] = {"node": node}
    sources = set(gate.get("source", "crictl_info") for gate in gates)
    crictl = (
        "%s --runtime-endpoint %s"
        % (shlex.quote(engine.read_plan()["crictl"]), shlex.quote(engine.journal["to"]["socket"]))
        if sources - {"node"}
        else ""
    )
    if "crictl_info" in sources:
        data["crictl_info"] = as_json(engine.connection.run(crictl + " info"))
    if "crictl_version" in sources:
        text = engine.connection.run(crictl + " version")["stdout"]
        data["crictl_version"] = dict(
            (key.strip(), value.strip())
            for key, _colon, value in (line.partition(":") for line in text.splitlines())
            if value
        )
    return data
