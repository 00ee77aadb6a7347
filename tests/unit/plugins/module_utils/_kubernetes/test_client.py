# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client

HOST = {"K8S_AUTH_HOST": "https://api:6443"}
TOKEN = {"K8S_AUTH_API_KEY": "secret"}


@pytest.mark.parametrize(
    "kubeconfig, context, env, in_pod, wanted",
    [
        (None, None, {}, False, ("kubeconfig", "~/.kube/config", None)),
        (None, None, {}, True, ("incluster", None, None)),
        (None, "c", {}, True, ("kubeconfig", "~/.kube/config", "c")),
        (None, None, {"KUBECONFIG": "/a:/b"}, True, ("kubeconfig", "/a:/b", None)),
        (None, None, {"KUBECONFIG": "/a", "K8S_AUTH_KUBECONFIG": "/b"}, False, ("kubeconfig", "/b", None)),
        ("/c", None, {"KUBECONFIG": "/a", "K8S_AUTH_KUBECONFIG": "/b"}, False, ("kubeconfig", "/c", None)),
        (None, None, {"K8S_AUTH_CONTEXT": "c", "KUBECONFIG": "/a"}, False, ("kubeconfig", "/a", "c")),
        (None, "d", {"K8S_AUTH_CONTEXT": "c", "KUBECONFIG": "/a"}, False, ("kubeconfig", "/a", "d")),
        (None, None, dict(HOST, **TOKEN), True, ("direct", None, None)),
        (None, None, dict(HOST, K8S_AUTH_CERT_FILE="/c", K8S_AUTH_KEY_FILE="/k"), False, ("direct", None, None)),
        (None, None, dict(HOST, K8S_AUTH_USERNAME="u", K8S_AUTH_PASSWORD="p"), False, ("direct", None, None)),
        (None, None, dict(HOST, KUBECONFIG="/a"), False, ("kubeconfig", "/a", None)),
        ("/c", None, dict(HOST, **TOKEN), False, ("kubeconfig", "/c", None)),
    ],
)
def test_where_credentials_come_from(kubeconfig, context, env, in_pod, wanted):
    assert client.plan_credentials(kubeconfig, context, env, in_pod) == wanted


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
def test_a_path_told_as_verb_and_resource(method, path, wanted):
    assert client.target_of(method, path) == wanted


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
    error = client.error_of("PATCH", "/api/v1/nodes/n1", status, text, "https://api")
    assert (error.reason, error.status) == (reason, status)
    assert part in error.message and str(error).startswith(reason + ": ")
    assert (error.details["verb"], error.details["resource"]) == ("patch", "nodes")


def test_causes_are_kept():
    text = body("Cannot evict", causes=[{"reason": "DisruptionBudget", "message": "needs 2 healthy pods"}])
    error = client.error_of("POST", "/api/v1/namespaces/s/pods/p/eviction", 429, text, "https://api")
    assert error.causes == ["DisruptionBudget"]


@pytest.mark.parametrize(
    "major, minor, wanted", [("1", "23", (1, 23)), ("1", "27+", (1, 27)), ("", "", (0, 0)), ("1", "x", (1, 0))]
)
def test_versions(major, minor, wanted):
    assert client.minor_version({"major": major, "minor": minor}) == wanted


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
    assert client.retry_after_of(header, text) == seconds


@pytest.mark.parametrize(
    "status, reason, details, passing",
    [
        (429, "CRI-API-BUSY", {}, True),
        (503, "CRI-API-ERROR", {}, True),
        (404, "CRI-API-NOTFOUND", {}, False),
        (None, "CRI-API-UNREACHABLE", {}, True),
        (None, "CRI-API-UNREACHABLE", {"certificate": True}, False),
    ],
)
def test_errors_that_pass(status, reason, details, passing):
    assert client.KubeError(reason, "x", status, details).passing is passing


def test_the_client_limits_its_own_rate():
    now = [0.0]
    bucket = client.Bucket(qps=10, burst=3, clock=lambda: now[0])
    assert [bucket.reserve() for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])
    now[0] = 0.5  # 5 more, of which 2 were spent
    assert [bucket.reserve() for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])
    now[0] = 100.0
    assert [bucket.reserve() for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])


def forked(call):
    """Its exit code."""
    pid = os.fork()
    if not pid:
        os._exit(call() or 0)
    return os.WEXITSTATUS(os.waitpid(pid, 0)[1])


def test_the_forks_of_a_run_share_one_limit():
    bucket = client.SharedBucket(qps=10, burst=3, clock=lambda: 0.0)
    assert bucket.reserve() == 0 and forked(lambda: round(10 * bucket.reserve())) == 0
    assert [forked(lambda: round(10 * bucket.reserve())) for _ in range(3)] == [0, 1, 2]
    assert bucket.reserve() == pytest.approx(0.3)


def test_a_fork_that_is_killed_holds_up_no_other():
    bucket = client.SharedBucket(qps=10, burst=3)
    assert forked(lambda: bucket._lock.__enter__()) == 0
    assert bucket.reserve() == 0


@pytest.mark.skipif(not client.HAS_KUBERNETES, reason="a client needs the package kubernetes")
def test_clients_keep_to_the_limit_of_the_run_where_there_is_one(monkeypatch, tmp_path):
    config = tmp_path / "config"
    cluster = {"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    config.write_text(
        json.dumps(
            {"clusters": [cluster], "contexts": [context], "users": [{"name": "u", "user": {}}], "current-context": "c"}
        )
    )
    monkeypatch.setattr(client, "_of_run", None)
    assert len(client.Client(str(config), env={})._buckets) == 1
    client.load()
    first, second = (client.Client(str(config), env={})._buckets for _ in range(2))
    assert first[0] is not second[0] and first[1] is second[1] is client._of_run
    client.load()
    assert first[1] is client._of_run, "to load it again makes no other"


def test_every_option_is_one_of_the_environment_too():
    assert set(client.AUTH_SPEC) == set(client.AUTH) | {"kubeconfig", "context"}
    assert all(client.AUTH_SPEC[name].get("no_log") for name in ("api_key", "password"))
