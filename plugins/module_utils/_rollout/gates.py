# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own gates: JMESPath over what crictl and the API say of a node, or the API of the fleet. Pure; runs on
the controller.
"""

import json
import traceback

try:
    import jmespath
    import jmespath.exceptions
    import jmespath.functions

    HAS_JMESPATH = True
    JMESPATH_IMPORT_ERROR = None
except ImportError:
    HAS_JMESPATH = False
    JMESPATH_IMPORT_ERROR = traceback.format_exc()

# Of a node's proof, and of what is looked at before each batch; the first one is asked unless a gate names another.
SOURCES = ("crictl_info", "crictl_version", "node")
FLEET_SOURCES = ("nodes", "poddisruptionbudgets", "deployments")
KEYS = ("name", "query", "expect", "source")


class GateError(Exception):
    """A gate that can never be evaluated: the operator's mistake, not the node's."""


def compile_gates(gates, sources=SOURCES):
    """[(gate, compiled query)]; GateError names the gate and what is wrong with it."""
    if not isinstance(gates, (list, tuple)):
        raise GateError("CRI-GATE-INVALID: gates are a list of {name, query, expect, source}, not %s" % kind(gates))
    if gates and not HAS_JMESPATH:
        raise GateError("CRI-GATE-PYTHON: the Python that runs the playbook lacks the package 'jmespath'")
    compiled, names = [], set()
    for number, gate in enumerate(gates, 1):
        if not isinstance(gate, dict):
            raise GateError("CRI-GATE-INVALID: gate %d is %s, not a dictionary" % (number, kind(gate)))
        label = "gate %d (%s)" % (number, gate.get("name") or "no name")
        for key in ("name", "query"):
            if not gate.get(key) or not isinstance(gate[key], str):
                raise GateError("CRI-GATE-INVALID: %s lacks %s, a non-empty string" % (label, key))
        unknown = sorted(str(key) for key in gate if key not in KEYS)
        if unknown:
            raise GateError(
                "CRI-GATE-INVALID: %s has unknown keys: %s (known: %s)" % (label, ", ".join(unknown), ", ".join(KEYS))
            )
        if gate.get("source", sources[0]) not in sources:
            raise GateError(
                "CRI-GATE-INVALID: %s has source %s, not one of %s" % (label, gate["source"], ", ".join(sources))
            )
        if gate["name"] in names:
            raise GateError("CRI-GATE-INVALID: %s: another gate has that name" % label)
        names.add(gate["name"])
        try:
            query = jmespath.compile(str(gate["query"]))
            check_functions(query.parsed)
            compiled.append((gate, query))
        except jmespath.exceptions.JMESPathError as exc:
            raise GateError("CRI-GATE-QUERY: %s: %s in query %r" % (label, one_line(exc), str(gate["query"]))) from exc
    return compiled


def check_functions(node):
    """Unknown functions and wrong numbers of arguments: JMESPath itself finds them only when it gets there."""
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
        check_functions(child)


def evaluate(data, gates, sources=SOURCES):
    """[{name, source, query, seen, wanted, ok, error?}] over data = {source: JSON}.

    Without `expect` a gate is met by any result that JMESPath holds true: not null, false, or empty.
    """
    data, gates = plain(data), plain(gates)
    results = []
    for gate, query in compile_gates(gates, sources):
        source = gate.get("source", sources[0])
        result = {"name": gate["name"], "source": source, "query": gate["query"], "seen": None}
        result["wanted"] = gate["expect"] if "expect" in gate else "anything true"
        if data.get(source) is None:
            result.update(ok=False, error="nothing known of %s" % source)
        else:
            try:
                seen = query.search(data[source])
                ok = same(seen, gate["expect"]) if "expect" in gate else is_true(seen)
                result.update(seen=seen, ok=ok)
            except jmespath.exceptions.JMESPathError as exc:
                # A function met a type it cannot take: what the node says decides that, so the gate is just not met.
                result.update(ok=False, error=one_line(exc))
        results.append(result)
    return results


def plain(value):
    """Without Ansible's own subclasses of str, dict and list: JMESPath's functions know types by their names."""
    if isinstance(value, dict):
        return {plain(key): plain(value[key]) for key in value}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    for native in (str, bool, int, float):
        if isinstance(value, native):
            return value if native is bool else native(value)
    return value


def same(seen, wanted):
    """Equal as JSON. A wanted string also matches a number or boolean written like it: surveys give strings."""
    if isinstance(seen, bool) != isinstance(wanted, bool) and not isinstance(wanted, str):
        return False
    if isinstance(wanted, str) and isinstance(seen, (bool, int, float)):
        return json.dumps(seen) == wanted.strip() or str(seen) == wanted.strip()
    return seen == wanted


def is_true(seen):
    return seen is not None and seen is not False and seen not in ("", [], {})


def kind(value):
    return type(value).__name__


def one_line(exc):
    return " ".join(str(exc).split("\n", 1)[0].split())
