# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request to the API that failed, as an exception with a stable token. Pure: no I/O."""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

# Statuses that say "later" and not "no". The 429 of an eviction has its own meaning: see _drain/eviction_api.py.
TEMPORARY = (429, 500, 502, 503, 504)

LONGEST_RETRY_AFTER = 60.0  # seconds

_VERBS = {"POST": "create", "PATCH": "patch", "DELETE": "delete", "PUT": "update"}
_TOKENS = {404: "CRI-API-NOTFOUND", 409: "CRI-API-CONFLICT", 429: "CRI-API-BUSY"}


class KubeError(Exception):
    """A request that failed.

    ``reason`` is a stable token and ``message`` the sentence. ``status`` is the HTTP status, or None without an answer.
    ``details`` is the failure as data. ``retry_after`` is in seconds, or None where the server named none.
    """

    def __init__(self, reason: str, message: str, status: "Optional[int]" = None, details: "Any" = None) -> None:
        super(KubeError, self).__init__("%s: %s" % (reason, message))
        self.reason = reason
        self.message = message
        self.status = status
        self.details: "Dict[str, Any]" = details or {}
        self.retry_after: "Optional[float]" = None

    @property
    def is_temporary(self) -> bool:
        """Whether another try may help: there was no answer, or one that says "later"."""
        no_or_later = self.status in TEMPORARY or self.reason == "CRI-API-UNREACHABLE"
        return no_or_later and not self.details.get("certificate")

    @property
    def causes(self) -> "List[Optional[str]]":
        """The ``reason`` of each cause in the Status object, such as "DisruptionBudget"."""
        return [cause.get("reason") for cause in self.details.get("causes") or []]


def target_of(method: str, path: str) -> "Tuple[str, str, Optional[str], Optional[str]]":
    """The verb, resource, namespace and name of a request, for messages and for ``details``.

    An example is ("create", "pods/eviction", "shop", "web-1").
    """
    parts = [part for part in path.split("?")[0].split("/") if part]
    parts = parts[2:] if parts[:1] == ["api"] else parts[3:]
    namespace = None
    if len(parts) > 2 and parts[0] == "namespaces":
        namespace, parts = parts[1], parts[2:]
    resource = "/".join(parts[:1] + parts[2:])
    name = parts[1] if len(parts) > 1 else None
    verb = _VERBS.get(method) or ("get" if name else "list")
    return verb, resource or path, namespace, name


def error_of(method: str, path: str, status: int, body: str, server: str) -> KubeError:
    """The KubeError for an HTTP answer that is no success. ``body`` is its text, ``server`` the URL."""
    answer = _object_in(body)
    message = answer.get("message") or (body or "").strip()[:300] or "no message"
    verb, resource, namespace, name = target_of(method, path)
    details = {
        "verb": verb,
        "resource": resource,
        "namespace": namespace,
        "name": name,
        "status": status,
        "server": server,
        "causes": (answer.get("details") or {}).get("causes") or [],
    }
    what = "%s %s%s%s" % (
        verb,
        resource,
        " %s" % name if name else "",
        " in namespace %s" % namespace if namespace else "",
    )
    if status == 401:
        reason = "CRI-API-UNAUTHORIZED"
        advice = "Check the kubeconfig, its context and the K8S_AUTH_* variables."
        text = "%s does not accept these credentials (%s). %s" % (server, message, advice)
    elif status == 403:
        reason = "CRI-API-FORBIDDEN"
        text = "the API refuses to %s: %s. Grant that right." % (what, message)
    else:
        reason = _TOKENS.get(status, "CRI-API-ERROR")
        text = "%s answered %s to %s: %s" % (server, status, what, message)
    return KubeError(reason, text, status, details)


def _object_in(body: str) -> "Dict[str, Any]":
    """The JSON object in an answer's text; empty where it is something else, such as a proxy's HTML."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def retry_after_of(header: "Optional[str]", body: str) -> "Optional[float]":
    """The seconds that an answer asks to wait, or None.

    ``header`` is Retry-After. Without it, ``details.retryAfterSeconds`` of the Status object counts.
    """
    try:
        seconds = header or (json.loads(body).get("details") or {}).get("retryAfterSeconds")
        return min(float(seconds), LONGEST_RETRY_AFTER) if seconds else None
    except (ValueError, AttributeError, TypeError):
        return None  # HTTP allows a date too; no API server sends one


def unreachable(server: str, exc: Exception) -> KubeError:
    """The KubeError for a request without an answer."""
    return KubeError(
        "CRI-API-UNREACHABLE",
        "no answer from the API at %s: %s. Check the kubeconfig, the network and a proxy in between." % (server, exc),
        details={"server": server, "certificate": "CERTIFICATE" in str(exc).upper()},
    )
