# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own gates over one node: what they are asked of, and which are not met.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import shlex
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.text import fields
from ansible_collections.cri.switchover.plugins.module_utils._rollout import gates as gate_core
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.connection import as_json
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Unmet
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


def evaluate(engine: NodeEngine, gates: list[Gate], data: dict[str, Any]) -> list[Gate]:
    """Each gate with what was seen. ``data``: {source: what is known}; crictl is asked for sources that it lacks."""
    return gate_core.evaluate(dict(ask(engine, sources_of(gates) - set(data)), **data), gates)


def again(evaluated: list[Gate], newer: list[Gate]) -> list[Gate]:
    """The same gates in the same order, with what was seen ``newer`` of some of them."""
    known = {gate["name"]: gate for gate in newer}
    return [known.get(gate["name"], gate) for gate in evaluated]


def sources_of(gates: list[Gate]) -> set[str]:
    """What these gates query."""
    return set(gate.get("source", "crictl_info") for gate in gates)


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


def ask(engine: NodeEngine, sources: set[str]) -> dict[str, Any]:
    """{source: what crictl says now}, by one command for each; None for what it does not say."""
    data: dict[str, Any] = {}
    words = [engine.crictl(), "--runtime-endpoint", engine.journal["to"]["socket"]] if sources - {"node"} else []
    crictl = " ".join(shlex.quote(word) for word in words)
    if "crictl_info" in sources:
        data["crictl_info"] = as_json(engine.connection.run(crictl + " info"))
    if "crictl_version" in sources:
        data["crictl_version"] = fields(engine.connection.run(crictl + " version")["stdout"]) or None
    return data
