# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RuntimeClass objects, created or updated, and never deleted, because pods name them."""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.quantities import quantity
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import group_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Object = Dict[str, Any]

# What may change in one. Its handler never may: the API server's validation refuses that.
MUTABLE = ("overhead", "scheduling")


def collection_of(client: "Client") -> "Tuple[Optional[str], str]":
    """The version of node.k8s.io that the server has, or None, and the path of all RuntimeClasses in it."""
    version = group_version(client, "node.k8s.io", ("v1", "v1beta1"))
    return version, "/apis/node.k8s.io/%s/runtimeclasses" % version


def plan(current: "Optional[Object]", wanted: "Object") -> "Tuple[str, Optional[Object]]":
    """What to do with one object, and its body: "create" with the object, "update" with a merge patch, or "none".

    What the declaration does not name stays as it is. Pure. Raises KubeError CRI-RUNTIMECLASS-HANDLER.
    """
    if current is None:
        return "create", wanted
    name = wanted["metadata"]["name"]
    if current.get("handler") != wanted["handler"]:
        raise KubeError(
            "CRI-RUNTIMECLASS-HANDLER",
            "RuntimeClass %s has the handler %s, wanted %s, and the API lets nobody change that: declare another "
            "name by runtime_class, or delete it once no pod uses it"
            % (name, current.get("handler"), wanted["handler"]),
            details={"name": name, "seen": current.get("handler"), "wanted": wanted["handler"]},
        )
    patch = {}
    for key in MUTABLE:
        if key in wanted:
            changes = difference(current.get(key) or {}, wanted[key], amounts=key == "overhead")
            if changes:
                patch[key] = changes
    return ("update", patch) if patch else ("none", None)


def difference(current: "Object", wanted: "Object", amounts: bool = False) -> "Object":
    """The merge patch that makes ``current`` into ``wanted``; empty when they are the same.

    With ``amounts`` texts are compared as quantities.
    """
    changes: "Object" = {key: None for key in current if key not in wanted}
    for key, value in wanted.items():
        seen = current.get(key)
        if isinstance(value, dict):
            inner = difference(seen if isinstance(seen, dict) else {}, value, amounts)
            if inner or seen is None:
                changes[key] = inner
        elif not (_same_amount(seen, value) if amounts else seen == value):
            changes[key] = value
    return changes


def _same_amount(seen: "Any", wanted: "Any") -> bool:
    """Whether two quantities are equal: the API server writes 1000m as 1."""
    try:
        return seen is not None and quantity(seen) == quantity(wanted)
    except ValueError:
        return seen == wanted


def merged(current: "Object", patch: "Object") -> "Object":
    """``current`` with a merge patch applied to it, as the API server does it."""
    result = dict(current)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(result[key] if isinstance(result.get(key), dict) else {}, value)
        else:
            result[key] = value
    return result


def shown(obj: "Optional[Object]") -> "Object":
    """The part of an object that a diff shows."""
    return {key: obj[key] for key in ("handler",) + MUTABLE if obj.get(key)} if obj else {}


def apply(client: "Client", wanted: "Iterable[Object]", check_mode: bool = False) -> "List[Object]":
    """Create or update each object, and return {name, handler, action, before, after} of each.

    All are planned before the first one is written. Raises KubeError.
    """
    version, path = collection_of(client)
    if not version:
        raise KubeError("CRI-RUNTIMECLASS-API", "this cluster serves no RuntimeClasses (node.k8s.io/v1 or v1beta1)")
    existing = {obj["metadata"]["name"]: obj for obj in client.items(path)}
    planned, results = [], []
    for body in wanted:
        name = body["metadata"]["name"]
        action, change = plan(existing.get(name), body)
        planned.append((name, action, change or {}))
        before = shown(existing.get(name))
        after = shown(body) if action == "create" else merged(before, change or {})
        results.append({"name": name, "handler": body["handler"], "action": action, "before": before, "after": after})
    if check_mode:
        return results
    for name, action, change in planned:
        if action == "create":
            client.post(path, dict(change, apiVersion="node.k8s.io/%s" % version))
        elif action == "update":
            client.patch("%s/%s" % (path, name), change)
    return results
