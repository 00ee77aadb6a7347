# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own gates: JMESPath over what crictl and the API say of a node, or over the API of the fleet.

Pure: no I/O. It runs on the controller.
"""

import json
import traceback

from ansible_collections.cri.switchover.plugins.module_utils._common.text import spoken, without_urls

try:
    import jmespath
    import jmespath.exceptions
    import jmespath.functions

    HAS_JMESPATH = True
    JMESPATH_IMPORT_ERROR = None
except ImportError:
    HAS_JMESPATH = False
    JMESPATH_IMPORT_ERROR = traceback.format_exc()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Sequence, Set, Tuple

    Gate = Dict[str, Any]

# What a gate may query where a node is verified, and before each batch. The first is the default.
SOURCES = ("crictl_info", "crictl_version", "node")
FLEET_SOURCES = ("nodes", "poddisruptionbudgets", "deployments")
KEYS = ("name", "query", "expect", "source")


class GateError(Exception):
    """A gate that can never be evaluated: the operator's mistake, not the node's. ``reason`` is a stable token.

    The message names what the operator wrote, but no URL.
    """

    def __init__(self, reason: str, message: str) -> None:
        super(GateError, self).__init__("%s: %s" % (reason, message))
        self.reason = reason
        self.message = message


def compile_gates(gates: "Any", sources: "Sequence[str]" = SOURCES) -> "List[Tuple[Gate, Any]]":
    """Each gate with its compiled query. Raises GateError, which names the gate and what is wrong with it."""
    if not isinstance(gates, (list, tuple)):
        text = "gates are a list of {name, query, expect, source}, not %s"
        raise GateError("CRI-GATE-INVALID", text % _type_of(gates))
    if gates and not HAS_JMESPATH:
        text = "the Python that runs the playbook lacks the package 'jmespath'"
        raise GateError("CRI-GATE-PYTHON", text)
    compiled: "List[Tuple[Gate, Any]]" = []
    names: "Set[str]" = set()
    for number, gate in enumerate(gates, 1):
        label = _check_gate(number, gate, sources)
        if gate["name"] in names:
            raise GateError("CRI-GATE-INVALID", "%s: another gate has that name" % label)
        names.add(gate["name"])
        try:
            query = jmespath.compile(str(gate["query"]))
            _check_functions(query.parsed)
            compiled.append((gate, query))
        except jmespath.exceptions.JMESPathError as exc:
            text = "%s: %s" % (label, without_urls("%s in query %r" % (_one_line(exc), str(gate["query"]))))
            # Without its cause, whose text has the query
            raise GateError("CRI-GATE-QUERY", text) from None
    return compiled


def _check_gate(number: int, gate: "Any", sources: "Sequence[str]") -> str:
    """How messages name the gate. Raises GateError for one of a wrong shape."""
    if not isinstance(gate, dict):
        raise GateError("CRI-GATE-INVALID", "gate %d is %s, not a dictionary" % (number, _type_of(gate)))
    label = "gate %d (%s)" % (number, spoken(gate.get("name") or "no name", str))
    for key in ("name", "query"):
        if not gate.get(key) or not isinstance(gate[key], str):
            raise GateError("CRI-GATE-INVALID", "%s lacks %s, a non-empty string" % (label, key))
    unknown = sorted(spoken(key, str) for key in gate if key not in KEYS)
    if unknown:
        text = "%s has unknown keys: %s (known: %s)" % (label, ", ".join(unknown), ", ".join(KEYS))
        raise GateError("CRI-GATE-INVALID", text)
    if gate.get("source", sources[0]) not in sources:
        text = "%s has source %s, not one of %s" % (label, spoken(gate["source"], str), ", ".join(sources))
        raise GateError("CRI-GATE-INVALID", text)
    return label


def _check_functions(node: "Mapping[str, Any]") -> None:
    """Raise for unknown functions and wrong numbers of arguments. JMESPath itself does so only where it calls them."""
    if node["type"] == "function_expression":
        known = jmespath.functions.Functions.FUNCTION_TABLE.get(node["value"])
        if known is None:
            raise jmespath.exceptions.UnknownFunctionError("unknown function %s()" % node["value"])
        signature, given = known["signature"], len(node["children"])
        variadic = bool(signature) and signature[-1].get("variadic")
        if given < len(signature) or (given > len(signature) and not variadic):
            raise jmespath.exceptions.JMESPathError(
                "%s() takes %d arguments, not %d" % (node["value"], len(signature), given)
            )
    for child in node["children"]:
        _check_functions(child)


def evaluate(data: "Mapping[str, Any]", gates: "Any", sources: "Sequence[str]" = SOURCES) -> "List[Dict[str, Any]]":
    """{name, source, query, seen, wanted, ok, error?} of each gate. Raises GateError.

    ``data`` has the JSON of each source. Without ``expect``, any result meets a gate that is not null, false or empty.
    """
    data, gates = plain(data), plain(gates)
    return [_evaluate(data, gate, query, sources) for gate, query in compile_gates(gates, sources)]


def _evaluate(data: "Mapping[str, Any]", gate: "Gate", query: "Any", sources: "Sequence[str]") -> "Dict[str, Any]":
    source = gate.get("source", sources[0])
    result = {"name": gate["name"], "source": source, "query": gate["query"], "seen": None}
    result["wanted"] = gate["expect"] if "expect" in gate else "anything true"
    if data.get(source) is None:
        result.update(ok=False, error="nothing known of %s" % source)
        return result
    try:
        seen = query.search(data[source])
        ok = same(seen, gate["expect"]) if "expect" in gate else is_true(seen)
        result.update(seen=seen, ok=ok)
    except jmespath.exceptions.JMESPathError as exc:
        # A function met a type that it cannot take. That depends on what the node says, so the gate is just not met.
        result.update(ok=False, error=_one_line(exc))
    return result


def plain(value: "Any") -> "Any":
    """The value without Ansible's own subclasses of str, dict and list. JMESPath knows types by their names."""
    if isinstance(value, dict):
        return {plain(key): plain(value[key]) for key in value}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    for native in (str, bool, int, float):
        if isinstance(value, native):
            return value if native is bool else native(value)
    return value


def same(seen: "Any", wanted: "Any") -> bool:
    """Whether both are equal as JSON. Surveys give strings, so "3" and "true" also match a number or a boolean."""
    if isinstance(seen, bool) != isinstance(wanted, bool) and not isinstance(wanted, str):
        return False
    if isinstance(wanted, str) and isinstance(seen, (bool, int, float)):
        return json.dumps(seen) == wanted.strip() or str(seen) == wanted.strip()
    return seen == wanted


def is_true(seen: "Any") -> bool:
    """Whether JMESPath holds a result true: it is not null, false or empty."""
    return seen is not None and seen is not False and seen not in ("", [], {})


def _type_of(value: "Any") -> str:
    return type(value).__name__


def _one_line(exc: Exception) -> str:
    return " ".join(str(exc).split("\n", 1)[0].split())
