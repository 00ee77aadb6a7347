# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Label selectors: those in objects of the API, and those that an operator writes. Pure: no I/O."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional


class SelectorError(ValueError):
    """The text is no label selector. Its message quotes the text and gives an example."""


def selects(selector: "Optional[Dict[str, Any]]", labels: "Mapping[str, str]", version: str = "v1") -> bool:
    """Whether a label selector matches. An empty one matches all in policy/v1 and nothing in policy/v1beta1."""
    if selector is None:
        return False
    wanted, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    if not wanted and not expressions:
        return version == "v1"
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression(item, labels) for item in expressions
    )


def _expression(item: "Dict[str, Any]", labels: "Mapping[str, str]") -> bool:
    key, operator, values = item["key"], item["operator"], item.get("values") or []
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    return key not in labels


_KEY = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
_SET = re.compile(r"^(?P<key>%s)\s+(?P<operator>in|notin)\s+\((?P<values>[^()]*)\)$" % _KEY)
_EQUAL = re.compile(r"^(?P<key>%s)\s*(?P<operator>==|=|!=)\s*(?P<value>[-A-Za-z0-9_.]*)$" % _KEY)
_EXISTS = re.compile(r"^(?P<no>!?)\s*(?P<key>%s)$" % _KEY)


def parse(text: str) -> "Dict[str, Any]":
    """The selector object, for selects(), from kubectl's notation: "app=web,tier in (a, b),!canary".

    Raises SelectorError.
    """
    expressions = []
    for part in re.split(r",(?![^()]*\))", text):
        part = part.strip()
        found = _SET.match(part) or _EQUAL.match(part) or _EXISTS.match(part)
        if not found:
            raise SelectorError("%r is not a label selector such as app=web,tier!=db,env in (a, b)" % text)
        words = found.groupdict()
        values: "List[str]" = []
        if "values" in words:
            operator = {"in": "In", "notin": "NotIn"}[words["operator"]]
            values = [value.strip() for value in words["values"].split(",")]
        elif "value" in words:
            operator, values = "NotIn" if words["operator"] == "!=" else "In", [words["value"]]
        else:
            operator = "DoesNotExist" if words["no"] else "Exists"
        expressions.append({"key": words["key"], "operator": operator, "values": values})
    return {"matchExpressions": expressions}
