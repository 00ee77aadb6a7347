# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RuntimeClass objects, created or brought up to date, never deleted: pods name them. plan() is pure.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import cluster
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import KubeError

# What may change in one; its handler never may (validation of the API server).
MUTABLE = ("overhead", "scheduling")


def plan(current, wanted):
    """(action, body): create with the object, update with a merge patch, or none. Raises KubeError.

    What the declaration does not name stays as somebody else has made it.
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


def difference(current, wanted, amounts=False):
    """The merge patch that makes current into wanted; {} when they are the same. `amounts`: texts are quantities."""
    changes = {key: None for key in current if key not in wanted}
    for key, value in wanted.items():
        seen = current.get(key)
        if isinstance(value, dict):
            inner = difference(seen if isinstance(seen, dict) else {}, value, amounts)
            if inner or seen is None:
                changes[key] = inner
        elif not (_same_amount(seen, value) if amounts else seen == value):
            changes[key] = value
    return changes


def _same_amount(seen, wanted):
    """The API server writes 1000m as 1."""
    try:
        return seen is not None and cluster.quantity(seen) == cluster.quantity(wanted)
    except ValueError:
        return seen == wanted


def merged(current, patch):
    """current with a merge patch laid over it, as the API server does it."""
    result = dict(current)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(result[key] if isinstance(result.get(key), dict) else {}, value)
        else:
            result[key] = value
    return result


def shown(obj):
    """What of an object is worth a difference."""
    return {key: obj[key] for key in ("handler",) + MUTABLE if obj.get(key)} if obj else {}


def apply(client, wanted, check_mode=False):
    """[{name, handler, action, before, after}] for each object. All are planned before the first is written."""
    version = cluster.group_version(client, "node.k8s.io", ("v1", "v1beta1"))
    if not version:
        raise KubeError("CRI-RUNTIMECLASS-API", "this cluster serves no RuntimeClasses (node.k8s.io/v1 or v1beta1)")
    path = "/apis/node.k8s.io/%s/runtimeclasses" % version
    existing = {obj["metadata"]["name"]: obj for obj in client.items(path)}
    todo, results = [], []
    for body in wanted:
        name = body["metadata"]["name"]
        action, change = plan(existing.get(name), body)
        todo.append((name, action, change))
        before = shown(existing.get(name))
        after = shown(body) if action == "create" else merged(before, change or {})
        results.append({"name": name, "handler": body["handler"], "action": action, "before": before, "after": after})
    if check_mode:
        return results
    for name, action, change in todo:
        if action == "create":
            client.post(path, dict(change, apiVersion="node.k8s.io/%s" % version))
        elif action == "update":
            client.patch("%s/%s" % (path, name), change)
    return results
