# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import errors


@pytest.mark.parametrize(
    "method, path, wanted",
    [
        ("GET", "/api/v1/nodes", ("list", "nodes", None, None)),
        ("GET", "/api/v1/nodes/n1", ("get", "nodes", None, "n1")),
        ("PATCH", "/api/v1/nodes/n1", ("patch", "nodes", None, "n1")),
        ("GET", "/api/v1/namespaces/kube-system", ("get", "namespaces", None, "kube-system")),
        ("GET", "/api/v1/namespaces/shop/pods?limit=5", ("list", "pods", "shop", None)),
        ("DELETE", "/api/v1/namespaces/shop/pods/p", ("delete", "pods", "shop", "p")),
        ("POST", "/api/v1/namespaces/shop/pods/p/eviction", ("create", "pods/eviction", "shop", "p")),
        (
            "GET",
            "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1",
            ("get", "leases", "kube-node-lease", "n1"),
        ),
        ("GET", "/apis/policy/v1/poddisruptionbudgets", ("list", "poddisruptionbudgets", None, None)),
        ("GET", "/version", ("list", "/version", None, None)),
    ],
)
def test_a_path_as_verb_and_resource(method, path, wanted):
    assert errors.target_of(method, path) == wanted


def body(message, **details):
    return json.dumps({"kind": "Status", "message": message, "details": details})


@pytest.mark.parametrize(
    "status, text, reason, part",
    [
        (401, body("Unauthorized"), "CRI-API-UNAUTHORIZED", "does not accept these credentials (Unauthorized)"),
        (403, body("x cannot patch"), "CRI-API-FORBIDDEN", "refuses to patch nodes n1: x cannot patch"),
        (404, body("not found"), "CRI-API-NOTFOUND", "answered 404 to patch nodes n1: not found"),
        (409, body("modified"), "CRI-API-CONFLICT", "modified"),
        (429, body("later"), "CRI-API-BUSY", "later"),
        (500, body("oops"), "CRI-API-ERROR", "oops"),
        (502, "<html>Bad gateway</html>", "CRI-API-ERROR", "Bad gateway"),
        (503, "", "CRI-API-ERROR", "no message"),
        (500, "[1]", "CRI-API-ERROR", "[1]"),
    ],
)
def test_answers_that_are_errors(status, text, reason, part):
    error = errors.error_of("PATCH", "/api/v1/nodes/n1", status, text, "https://api")
    assert (error.reason, error.status) == (reason, status)
    assert part in error.message and str(error).startswith(reason + ": ")
    assert (error.details["verb"], error.details["resource"]) == ("patch", "nodes")


def test_causes_are_kept():
    text = body("Cannot evict", causes=[{"reason": "DisruptionBudget", "message": "needs 2 healthy pods"}])
    error = errors.error_of("POST", "/api/v1/namespaces/s/pods/p/eviction", 429, text, "https://api")
    assert error.causes == ["DisruptionBudget"]


@pytest.mark.parametrize(
    "header, text, seconds",
    [
        (None, body("later"), None),
        ("3", body("later"), 3),
        (None, body("later", retryAfterSeconds=10), 10),
        ("3600", "", 60),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "", None),
        (None, "<html>", None),
        (None, "[1]", None),
    ],
)
def test_when_a_server_wants_to_be_asked_again(header, text, seconds):
    assert errors.retry_after_of(header, text) == seconds


@pytest.mark.parametrize(
    "status, reason, details, temporary",
    [
        (429, "CRI-API-BUSY", {}, True),
        (503, "CRI-API-ERROR", {}, True),
        (404, "CRI-API-NOTFOUND", {}, False),
        (None, "CRI-API-UNREACHABLE", {}, True),
        (None, "CRI-API-UNREACHABLE", {"certificate": True}, False),
    ],
)
def test_errors_that_are_temporary(status, reason, details, temporary):
    assert errors.KubeError(reason, "x", status, details).is_temporary is temporary
