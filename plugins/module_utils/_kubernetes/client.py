# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API for this collection: plain dicts over the transport of the `kubernetes` Python package.

Only configuration (kubeconfig, exec plugins, in-cluster tokens) and the connection pool come from that package; its
typed models change from release to release. Used by modules on the controller and, in-process, by action plugins.
"""

import contextlib
import copy
import fcntl
import importlib
import importlib.util
import json
import mmap
import os
import sys
import tempfile
import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

# The first Client imports them. Filters come by here too, for names only, in a fork of the controller for each host of
# each of their tasks, and the package takes 0.2 s.
kubernetes: Any = None
urllib3: Any = None
# The limit that a run's forks share, where load() was called before they were forked.
_of_run: Any = None
HAS_KUBERNETES = importlib.util.find_spec("kubernetes") is not None


def _import_packages():
    global kubernetes, urllib3
    for name in ("kubernetes.config", "urllib3.exceptions", "kubernetes.client"):
        importlib.import_module(name)
    kubernetes, urllib3 = importlib.import_module("kubernetes"), importlib.import_module("urllib3")


def load():
    """For action plugins, which Ansible loads before it forks: what each fork would import again, they then share.

    So they do the limit of all requests of a run. A package that cannot be imported shows where it is used.
    """
    global _of_run
    if _of_run is None:
        _of_run = SharedBucket(RUN_QPS, RUN_BURST)
    with contextlib.suppress(Exception):
        _import_packages()


def environment(given, templar):
    """For action plugins: a task's environment over the controller's. The API's credentials may be in it."""
    env = dict(os.environ)
    for entry in given if isinstance(given, list) else [given or {}]:
        entry = templar.template(entry)
        if isinstance(entry, dict):
            env.update((str(key), str(value)) for key, value in entry.items())
    return env


CONNECT_TIMEOUT = 5
READ_TIMEOUT = 30
PAGE = 500
# As kubectl has it since 1.28: a fleet of drains must not crowd out the rest of what the API server has to do.
QPS = 50
BURST = 100
# All that a run's forks ask together, however many nodes a batch has.
RUN_QPS = 100
RUN_BURST = 200
CONNECTIONS = 12
ROWS_ONLY = "application/json;as=Table;g=meta.k8s.io;v=v1"
# Answers that say "later" and not "no". The 429 of an eviction is an answer of its own: see once().
PASSING = (429, 500, 502, 503, 504)

FALSE = ("0", "no", "false", "off", "n", "f")

# Option: (variable of the environment that says the same, attribute of the package's configuration). All as in
# kubernetes.core.
AUTH = {
    "host": ("K8S_AUTH_HOST", "host"),
    "username": ("K8S_AUTH_USERNAME", "username"),
    "password": ("K8S_AUTH_PASSWORD", "password"),
    "api_key": ("K8S_AUTH_API_KEY", None),
    "ca_cert": ("K8S_AUTH_SSL_CA_CERT", "ssl_ca_cert"),
    "client_cert": ("K8S_AUTH_CERT_FILE", "cert_file"),
    "client_key": ("K8S_AUTH_KEY_FILE", "key_file"),
    "validate_certs": ("K8S_AUTH_VERIFY_SSL", None),
    "proxy": ("K8S_AUTH_PROXY", "proxy"),
    "no_proxy": ("K8S_AUTH_NO_PROXY", "no_proxy"),
}
# The options of doc fragment kubeconfig.
AUTH_SPEC = {
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "host": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "api_key": {"type": "str", "no_log": True},
    "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"]},
    "client_cert": {"type": "path", "aliases": ["cert_file"]},
    "client_key": {"type": "path", "aliases": ["key_file"], "no_log": False},
    "validate_certs": {"type": "bool", "aliases": ["verify_ssl"]},
    "proxy": {"type": "str"},
    "no_proxy": {"type": "str"},
}

_VERBS = {"POST": "create", "PATCH": "patch", "DELETE": "delete", "PUT": "update"}


class KubeError(Exception):
    """A request that failed. `reason` is a stable token, `status` the HTTP status or None when there was no answer."""

    def __init__(self, reason, message, status=None, details=None):
        super(KubeError, self).__init__("%s: %s" % (reason, message))
        self.reason = reason
        self.message = message
        self.status = status
        self.details = details or {}
        self.retry_after = None  # seconds, when the server named them

    @property
    def passing(self):
        """Whether to ask again may help: no answer, or one that says "later"."""
        return (self.status in PASSING or self.reason == "CRI-API-UNREACHABLE") and not self.details.get("certificate")

    @property
    def causes(self):
        return [cause.get("reason") for cause in self.details.get("causes") or []]


def target_of(method, path):
    """("create", "pods/eviction", "shop", "web-1") from a method and a path, for people and for `details`."""
    parts = [part for part in path.split("?")[0].split("/") if part]
    parts = parts[2:] if parts[:1] == ["api"] else parts[3:]
    namespace = None
    if len(parts) > 2 and parts[0] == "namespaces":
        namespace, parts = parts[1], parts[2:]
    resource = "/".join(parts[:1] + parts[2:])
    name = parts[1] if len(parts) > 1 else None
    verb = _VERBS.get(method) or ("get" if name else "list")
    return verb, resource or path, namespace, name


def error_of(method, path, status, body, server):
    """The KubeError for an HTTP answer >= 400. Pure."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
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
        return KubeError(
            "CRI-API-UNAUTHORIZED",
            "%s does not accept these credentials (%s). Check the kubeconfig, its context and the K8S_AUTH_* variables."
            % (server, message),
            status,
            details,
        )
    if status == 403:
        return KubeError(
            "CRI-API-FORBIDDEN", "the API refuses to %s: %s. Grant that right." % (what, message), status, details
        )
    reason = {404: "CRI-API-NOTFOUND", 409: "CRI-API-CONFLICT", 429: "CRI-API-BUSY"}.get(status, "CRI-API-ERROR")
    return KubeError(reason, "%s answered %s to %s: %s" % (server, status, what, message), status, details)


def retry_after_of(header, body):
    """The seconds that an answer asks to wait, or None. Pure."""
    try:
        seconds = header or (json.loads(body).get("details") or {}).get("retryAfterSeconds")
        return min(float(seconds), 60.0) if seconds else None
    except (ValueError, AttributeError, TypeError):
        return None  # HTTP allows a date too; no apiserver sends one


class Bucket(object):
    """Client-side rate limit: `burst` at once, then `qps` a second. reserve() tells how long to sleep first."""

    def __init__(self, qps=QPS, burst=BURST, clock=time.monotonic):
        self._qps, self._burst, self._clock = qps, burst, clock
        self._lock, self._state = self._make()
        self._state[0], self._state[1] = float(burst), clock()

    def _make(self):
        """(lock, two numbers: tokens, and when they were counted)"""
        return threading.Lock(), [0.0, 0.0]

    def reserve(self):
        with self._lock:
            now = self._clock()
            tokens = min(self._burst, self._state[0] + (now - self._state[1]) * self._qps) - 1
            self._state[0], self._state[1] = tokens, now
            return max(0.0, -tokens / self._qps)


class _ForkLock(object):
    """Between threads and forked processes. The kernel lets go of it for one that is killed, as no semaphore does."""

    def __init__(self):
        # Without a name, and open for as long as the process runs.
        self._file, path = tempfile.mkstemp()
        os.unlink(path)
        self._threads = threading.Lock()

    def __enter__(self):
        self._threads.acquire()
        fcntl.lockf(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_exc):
        fcntl.lockf(self._file, fcntl.LOCK_UN)
        self._threads.release()


class SharedBucket(Bucket):
    """One limit for all processes that are forked from the one that made it. Linux has one monotonic clock for all."""

    def _make(self):
        return _ForkLock(), memoryview(mmap.mmap(-1, 16)).cast("d")


def plan_credentials(kubeconfig, context, env, has_service_account):
    """Which source of credentials to use: ("direct"|"kubeconfig"|"incluster", file). Pure.

    As in kubernetes.core: a host with its own credentials needs no kubeconfig. A named kubeconfig or context comes
    before KUBECONFIG, that before a pod's service account, that before ~/.kube/config.
    """
    named = kubeconfig or env.get("K8S_AUTH_KUBECONFIG")
    context = context or env.get("K8S_AUTH_CONTEXT") or None
    own = env.get("K8S_AUTH_API_KEY") or env.get("K8S_AUTH_CERT_FILE") or env.get("K8S_AUTH_USERNAME")
    if not kubeconfig and env.get("K8S_AUTH_HOST") and own:
        return "direct", None, None
    if named:
        return "kubeconfig", named, context
    if env.get("KUBECONFIG"):
        return "kubeconfig", env["KUBECONFIG"], context
    if not context and has_service_account:
        return "incluster", None, None
    return "kubeconfig", "~/.kube/config", context


def _configure(kubeconfig, context, env, options=None):
    configuration = type.__call__(kubernetes.client.Configuration)
    configuration.connection_pool_maxsize = CONNECTIONS
    # An option says the same as its variable, and comes first.
    given = {AUTH[name][0]: str(value) for name, value in (options or {}).items() if value not in (None, "")}
    env = dict(env, **given)
    service_account = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    in_pod = bool(env.get("KUBERNETES_SERVICE_HOST")) and os.path.exists(service_account)
    source, path, context = plan_credentials(kubeconfig, context, env, in_pod)
    try:
        if source == "incluster":
            kubernetes.config.load_incluster_config(client_configuration=configuration)
        elif source == "kubeconfig":
            files = os.pathsep.join(os.path.expanduser(part) for part in path.split(os.pathsep))
            if not any(os.path.exists(part) for part in files.split(os.pathsep)):
                raise KubeError(
                    "CRI-API-CONFIG",
                    "no kubeconfig at %s where this runs. Set switchover_kubeconfig, K8S_AUTH_KUBECONFIG or"
                    " KUBECONFIG." % path,
                    details={"kubeconfig": path},
                )
            kubernetes.config.load_kube_config(
                config_file=files, context=context, client_configuration=configuration, persist_config=False
            )
    except KubeError:
        raise
    except Exception as exc:  # the loaders raise whatever YAML, base64 or an exec plugin raise
        raise KubeError(
            "CRI-API-CONFIG",
            "cannot use the %s: %s" % ("kubeconfig %s" % path if path else "service account", exc),
            details={"kubeconfig": path, "context": context},
        ) from exc
    # A kubeconfig that was named counts as it is, but for options beside it.
    counts = given if kubeconfig else env
    for name, attribute in AUTH.values():
        if attribute and counts.get(name):
            setattr(configuration, attribute, counts[name])
    if counts.get("K8S_AUTH_API_KEY"):
        configuration.refresh_api_key_hook = None  # it would put the kubeconfig's token back
        # The name of this entry changed between releases of the package.
        for name in ("authorization", "BearerToken"):
            configuration.api_key[name] = "Bearer %s" % counts["K8S_AUTH_API_KEY"]
    if counts.get("K8S_AUTH_VERIFY_SSL"):
        configuration.verify_ssl = counts["K8S_AUTH_VERIFY_SSL"].strip().lower() not in FALSE
    return configuration, source


class Client(object):
    """Requests to one API server, from as many threads as like. Every call is bounded: `timeout` is (connect, read)
    seconds of one attempt. `auth`: options of AUTH."""

    def __init__(self, kubeconfig=None, context=None, env=None, timeout=None, attempts=3, auth=None):
        if not HAS_KUBERNETES:
            raise KubeError(
                "CRI-API-PYTHON",
                "%s, which runs this, lacks the package 'kubernetes': pip install kubernetes" % sys.executable,
            )
        _import_packages()
        env = os.environ if env is None else env
        self._configuration, self.source = _configure(kubeconfig or None, context or None, env, auth)
        self._pool = kubernetes.client.ApiClient(self._configuration).rest_client.pool_manager
        self._timeout = timeout or (CONNECT_TIMEOUT, READ_TIMEOUT)
        self._attempts = attempts
        self._buckets = [bucket for bucket in (Bucket(), _of_run) if bucket]
        self.server = self._configuration.host.rstrip("/")
        self.server_time = None  # of the last answer, by the server's clock
        self.deadline = None  # of time.monotonic(): no request lasts longer, no try begins after it

    def peer(self, address, certificate_name):
        """A client with the same credentials for another API server of the cluster, at host:port.

        certificate_name: what its certificate is held against, for it need not be made for that address.
        """
        other, configuration = copy.copy(self), copy.copy(self._configuration)
        configuration.host = "https://%s" % address
        configuration.assert_hostname = certificate_name
        other._configuration, other._attempts = configuration, 1
        other._pool = kubernetes.client.ApiClient(configuration).rest_client.pool_manager
        other.server = configuration.host
        return other

    def get(self, path, params=None):
        return self._request("GET", path, params)

    def post(self, path, body, params=None):
        return self._request("POST", path, params, body)

    def patch(self, path, body, params=None):
        """A merge patch: null removes."""
        return self._request("PATCH", path, params, body, "application/merge-patch+json")

    def delete(self, path, body=None, params=None):
        return self._request("DELETE", path, params, body)

    def ready(self):
        """None, or the KubeError that tells why the server's /readyz is not "ok". It covers its connection to etcd."""
        try:
            self.once("GET", "/readyz")
        except KubeError as exc:
            # "ok" is no JSON, which is all that the client wants of an answer.
            return None if exc.status == 200 else exc
        return None

    def once(self, method, path, body=None):
        """One attempt: for requests whose refusal is an answer, such as an eviction."""
        return self._attempt(method, path, None, body, "application/json")

    def items(self, path, params=None):
        """All objects of a list, page by page."""
        return self.listing(path, params)[0]

    def listing(self, path, params=None):
        """(all objects of a list, its resourceVersion: where a watch goes on)"""
        params = dict(params or {}, limit=PAGE)
        found: list = []
        while True:
            page = self.get(path, params)
            found.extend(page.get("items") or [])
            meta = page.get("metadata") or {}
            if not meta.get("continue"):
                return found, meta.get("resourceVersion")
            params["continue"] = meta["continue"]
            params.pop("resourceVersion", None)  # the token has it

    def watch(self, path, params, seconds):
        """Yields (type, row, resourceVersion) of each change, for that many seconds.

        row: what kubectl prints, {"Name": "web-1", "Status": "Terminating", ...}. It is a tenth of the object.
        """
        params = dict(params, watch="1", timeoutSeconds=int(seconds), includeObject="None")
        response = self._send("GET", path, params, None, None, accept=ROWS_ONLY, read=seconds + 10, stream=True)
        columns: list = []
        try:
            rest = b""
            for chunk in response.stream(65536, decode_content=True):
                lines = (rest + chunk).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        status = event["object"].get("code") or 500
                        raise error_of("GET", path, status, json.dumps(event["object"]), self.server)
                    table = event["object"]
                    columns = [column["name"] for column in table.get("columnDefinitions") or []] or columns
                    for row in table.get("rows") or []:
                        yield event["type"], dict(zip(columns, row["cells"])), table["metadata"].get("resourceVersion")
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
            raise self._unreachable(exc) from exc
        finally:
            response.close()

    def _request(self, method, path, params=None, body=None, content_type="application/json"):
        for attempt in range(1, self._attempts + 1):
            try:
                return self._attempt(method, path, params, body, content_type)
            except KubeError as exc:
                pause = max(attempt, exc.retry_after or 0)
                late = self.deadline is not None and time.monotonic() + pause >= self.deadline
                if attempt == self._attempts or late or not exc.passing:
                    raise
            time.sleep(pause)

    def _seconds(self, timeout):
        return timeout if self.deadline is None else max(1, min(timeout, self.deadline - time.monotonic()))

    def _headers(self, accept):
        headers = {"Accept": accept, "User-Agent": "cri.switchover"}
        configuration = self._configuration
        for auth in configuration.auth_settings().values():
            if auth.get("in") == "header" and auth.get("value"):
                headers[auth["key"]] = auth["value"]
        if configuration.username and not any(name.lower() == "authorization" for name in headers):
            headers.update(
                urllib3.util.make_headers(basic_auth="%s:%s" % (configuration.username, configuration.password or ""))
            )
        return headers

    def _unreachable(self, exc):
        return KubeError(
            "CRI-API-UNREACHABLE",
            "no answer from the API at %s: %s. Check the kubeconfig, the network and a proxy in between."
            % (self.server, exc),
            details={"server": self.server, "certificate": "CERTIFICATE" in str(exc).upper()},
        )

    def _send(self, method, path, params, body, content_type, accept="application/json", read=None, stream=False):
        pause = max(bucket.reserve() for bucket in self._buckets)
        if pause:
            time.sleep(pause)
        headers = self._headers(accept)
        if not stream:
            headers["Accept-Encoding"] = "gzip"  # the server compresses what is large
        if body is not None:
            headers["Content-Type"] = content_type
        read = self._seconds(self._timeout[1]) if read is None else read
        try:
            response = self._pool.request(
                method,
                self.server + path + ("?" + urlencode(params) if params else ""),
                headers=headers,
                body=None if body is None else json.dumps(body, separators=(",", ":")),
                timeout=urllib3.Timeout(connect=self._seconds(self._timeout[0]), read=read),
                retries=False,
                redirect=False,
                preload_content=not stream,
            )
            failed = response.status >= 300
            text = response.data.decode("utf-8", "replace") if failed else ""
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise self._unreachable(exc) from exc
        date = response.headers.get("Date")
        if date:
            self.server_time = parsedate_to_datetime(date).timestamp()
        if failed:
            error = error_of(method, path, response.status, text, self.server)
            error.retry_after = retry_after_of(response.headers.get("Retry-After"), text)
            raise error
        return response

    def _attempt(self, method, path, params, body, content_type):
        response = self._send(method, path, params, body, content_type)
        text = response.data.decode("utf-8", "replace")
        try:
            return json.loads(text)
        except ValueError:
            raise KubeError(
                "CRI-API-ERROR",
                "%s does not answer like a Kubernetes API: %s" % (self.server, text.strip()[:200]),
                response.status,
                {"server": self.server},
            ) from None


def minor_version(version):
    """(1, 23) from the answer of /version: minor may be "23+"."""

    def digits(text):
        return int("".join(char for char in str(text) if char.isdigit()) or 0)

    return digits(version.get("major")), digits(version.get("minor"))
