# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Label selectors: those of PodDisruptionBudgets, and those that an operator writes. Pure."""

import re

ENDED = ("Succeeded", "Failed")


class SelectorError(ValueError):
    pass


def selects(selector, labels, version="v1"):
    """Whether a label selector matches. An empty one matches all in policy/v1 and nothing in v1beta1."""
    if selector is None:
        return False
    wanted, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    if not wanted and not expressions:
        return version == "v1"
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression(item, labels) for item in expressions
    )


def _expression(item, labels):
    key, operator, values = item["key"], item["operator"], item.get("values") or []
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    return key not in labels


def pdbs_of(pod, pdbs, version="v1"):
    """The names of the PodDisruptionBudgets that the API would ask before it evicts a pod."""
    if (pod.get("status") or {}).get("phase") in ENDED + ("Pending",):
        return []
    meta = pod["metadata"]
    return sorted(
        "%s/%s" % (pdb["metadata"]["namespace"], pdb["metadata"]["name"])
        for pdb in pdbs
        if pdb["metadata"]["namespace"] == meta["namespace"]
        and selects((pdb.get("spec") or {}).get("selector"), meta.get("labels") or {}, version)
    )


_KEY = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
_SET = re.compile(r"^(?P<key>%s)\s+(?P<operator>in|notin)\s+\((?P<values>[^()]*)\)$" % _KEY)
_EQUAL = re.compile(r"^(?P<key>%s)\s*(?P<operator>==|=|!=)\s*(?P<value>[-A-Za-z0-9_.]*)$" % _KEY)
_THERE = re.compile(r"^(?P<no>!?)\s*(?P<key>%s)$" % _KEY)


def parse(text):
    """ "app=web,tier in (a, b),!canary", as kubectl takes it: the selector as an object, for selects()."""
    expressions = []
    for part in re.split(r",(?![^()]*\))", text):
        part = part.strip()
        found = _SET.match(part) or _EQUAL.match(part) or _THERE.match(part)
        if not found:
            raise SelectorError("%r is not a label selector such as app=web,tier!=db,env in (a, b)" % text)
        words = found.groupdict()
        if "values" in words:
            operator = {"in": "In", "notin": "NotIn"}[words["operator"]]
            values = [value.strip() for value in words["values"].split(",")]
        elif "value" in words:
            operator, values = "NotIn" if words["operator"] == "!=" else "In", [words["value"]]
        else:
            operator, values = "DoesNotExist" if words["no"] else "Exists", []
        expressions.append({"key": words["key"], "operator": operator, "values": values})
    return {"matchExpressions": expressions}
