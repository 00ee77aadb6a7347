# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API for this collection: plain dicts over the transport of the `kubernetes` Python package.

That package gives the configuration (kubeconfig, exec plugins, in-cluster tokens) and the connection pool. Its typed
models are not used, because they change from release to release. Modules on the controller use this, and action
plugins do so in their own process.
"""

import contextlib
import copy
import importlib
import importlib.util
import json
import os
import sys
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.credentials import auth_of, configure
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import (
    KubeError,
    error_of,
    retry_after_of,
    unreachable,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rate_limit import (
    RUN_BURST,
    RUN_QPS,
    Bucket,
    SharedBucket,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

    Params = Optional[Dict[str, Any]]

# The first Client imports both packages, which takes 0.2 s. A fork that sends no request does without them.
kubernetes: "Any" = None
urllib3: "Any" = None
HAS_KUBERNETES = importlib.util.find_spec("kubernetes") is not None
# The limit that a run's forks share, where load() was called before they were forked.
_of_run: "Optional[Bucket]" = None

CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 30
PAGE = 500
ROWS_ONLY = "application/json;as=Table;g=meta.k8s.io;v=v1"


def _import_packages() -> None:
    global kubernetes, urllib3
    for name in ("kubernetes.config", "urllib3.exceptions", "kubernetes.client"):
        importlib.import_module(name)
    kubernetes, urllib3 = importlib.import_module("kubernetes"), importlib.import_module("urllib3")


def load() -> None:
    """Prepare, before Ansible forks, what all forks then share: the packages, and the limit of a run's requests.

    Action plugins call this when they are imported. A package that cannot be imported fails where it is used.
    """
    global _of_run
    if _of_run is None:
        _of_run = SharedBucket(RUN_QPS, RUN_BURST)
    with contextlib.suppress(Exception):
        _import_packages()


def environment(given: "Any", templar: "Any") -> "Dict[str, str]":
    """The environment of a task over the controller's, for action plugins. The API's credentials may be in it.

    ``given`` is the task's ``environment``, ``templar`` Ansible's, which renders it.
    """
    env = dict(os.environ)
    for entry in given if isinstance(given, list) else [given or {}]:
        entry = templar.template(entry)
        if isinstance(entry, dict):
            env.update((str(key), str(value)) for key, value in entry.items())
    return env


def client_of(params: "Mapping[str, Any]", **more: "Any") -> "Client":
    """A client for the options of the documentation fragment kubeconfig. ``more`` are arguments of Client."""
    return Client(kubeconfig=params["kubeconfig"], context=params["context"], auth=auth_of(params), **more)


class Client(object):
    """Requests to one API server, from any number of threads. Each method raises KubeError.

    ``timeout`` are the seconds that one attempt may take to connect and to read. ``auth`` are options of
    credentials.AUTH. ``env`` replaces the environment of the process.
    """

    def __init__(
        self,
        kubeconfig: "Optional[str]" = None,
        context: "Optional[str]" = None,
        env: "Optional[Mapping[str, str]]" = None,
        timeout: "Optional[Tuple[float, float]]" = None,
        attempts: int = 3,
        auth: "Optional[Mapping[str, Any]]" = None,
    ) -> None:
        if not HAS_KUBERNETES:
            raise KubeError(
                "CRI-API-PYTHON",
                "%s, which runs this, lacks the package 'kubernetes': pip install kubernetes" % sys.executable,
            )
        _import_packages()
        env = os.environ if env is None else env
        self._configuration = configure(kubernetes, kubeconfig or None, context or None, env, auth)
        self._pool = kubernetes.client.ApiClient(self._configuration).rest_client.pool_manager
        self._timeout = timeout or (CONNECT_TIMEOUT, READ_TIMEOUT)
        self._attempts = attempts
        self._buckets = [bucket for bucket in (Bucket(), _of_run) if bucket]
        self.server: "str" = self._configuration.host.rstrip("/")
        self.server_time: "Optional[float]" = None  # of the last answer, by the server's clock
        # By time.monotonic(): no request lasts longer, and no attempt begins after it.
        self.deadline: "Optional[float]" = None

    def peer(self, address: str, certificate_name: str) -> "Client":
        """A client with the same credentials for another API server of the cluster, at host:port.

        ``certificate_name`` is checked against its certificate, which need not be made for that address.
        """
        other, configuration = copy.copy(self), copy.copy(self._configuration)
        configuration.host = "https://%s" % address
        configuration.assert_hostname = certificate_name
        other._configuration, other._attempts = configuration, 1
        other._pool = kubernetes.client.ApiClient(configuration).rest_client.pool_manager
        other.server = configuration.host
        return other

    def get(self, path: str, params: "Params" = None) -> "Any":
        """The JSON of one GET."""
        return self._request("GET", path, params)

    def post(self, path: str, body: "Any", params: "Params" = None) -> "Any":
        """Create an object; the answer is the object as it is stored."""
        return self._request("POST", path, params, body)

    def patch(self, path: str, body: "Any", params: "Params" = None) -> "Any":
        """Send a merge patch, in which null removes."""
        return self._request("PATCH", path, params, body, "application/merge-patch+json")

    def delete(self, path: str, body: "Any" = None, params: "Params" = None) -> "Any":
        """Delete an object. ``body`` are DeleteOptions."""
        return self._request("DELETE", path, params, body)

    def ready(self) -> "Optional[KubeError]":
        """The KubeError that says why the server's /readyz is not "ok", or None. It covers the connection to etcd."""
        try:
            self.once("GET", "/readyz")
        except KubeError as exc:
            # "ok" is no JSON, and for that alone the client refuses the answer.
            return None if exc.status == 200 else exc
        return None

    def once(self, method: str, path: str, body: "Any" = None) -> "Any":
        """One attempt, for requests whose refusal has a meaning, such as an eviction."""
        return self._attempt(method, path, None, body, "application/json")

    def items(self, path: str, params: "Params" = None) -> "List[Dict[str, Any]]":
        """All objects of a list, read page by page."""
        return self.listing(path, params)[0]

    def listing(self, path: str, params: "Params" = None) -> "Tuple[List[Dict[str, Any]], Optional[str]]":
        """All objects of a list, and its resourceVersion, from which a watch continues."""
        params = dict(params or {}, limit=PAGE)
        found: "List[Dict[str, Any]]" = []
        while True:
            page = self.get(path, params)
            found.extend(page.get("items") or [])
            meta = page.get("metadata") or {}
            if not meta.get("continue"):
                return found, meta.get("resourceVersion")
            params["continue"] = meta["continue"]
            params.pop("resourceVersion", None)  # "continue" has it

    def watch(self, path: str, params: "Params", seconds: float) -> "Iterator[Tuple[str, Dict[str, Any], Any]]":
        """Yield type, row and resourceVersion of each change, for that many seconds.

        A row is what kubectl prints, {"Name": "web-1", "Status": "Terminating", ...}: a tenth of the object's size.
        """
        params = dict(params or {}, watch="1", timeoutSeconds=int(seconds), includeObject="None")
        response = self._send("GET", path, params, None, None, accept=ROWS_ONLY, read=seconds + 10, stream=True)
        columns: "List[str]" = []
        try:
            rest = b""
            for chunk in response.stream(65536, decode_content=True):
                lines = (rest + chunk).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    event = json.loads(line)
                    table = event["object"]
                    if event["type"] == "ERROR":
                        raise error_of("GET", path, table.get("code") or 500, json.dumps(table), self.server)
                    columns = [column["name"] for column in table.get("columnDefinitions") or []] or columns
                    for row in table.get("rows") or []:
                        yield event["type"], dict(zip(columns, row["cells"])), table["metadata"].get("resourceVersion")
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
            raise unreachable(self.server, exc) from exc
        finally:
            response.close()

    def _request(
        self,
        method: str,
        path: str,
        params: "Params" = None,
        body: "Any" = None,
        content_type: str = "application/json",
    ) -> "Any":
        """As many attempts as the client has, while the failure is temporary and the deadline allows another one."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._attempt(method, path, params, body, content_type)
            except KubeError as exc:
                pause = max(attempt, exc.retry_after or 0)
                late = self.deadline is not None and time.monotonic() + pause >= self.deadline
                if attempt >= self._attempts or late or not exc.is_temporary:
                    raise
            time.sleep(pause)

    def _attempt(self, method: str, path: str, params: "Params", body: "Any", content_type: str) -> "Any":
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

    def _send(
        self,
        method: str,
        path: str,
        params: "Params",
        body: "Any",
        content_type: "Optional[str]",
        accept: str = "application/json",
        read: "Optional[float]" = None,
        stream: bool = False,
    ) -> "Any":
        """The response, which ``stream`` leaves unread. Waits for the rate limits first."""
        pause = max(bucket.reserve() for bucket in self._buckets)
        if pause:
            time.sleep(pause)
        headers = self._headers(accept)
        if not stream:
            headers["Accept-Encoding"] = "gzip"  # the server compresses what is large
        if body is not None and content_type:
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
            raise unreachable(self.server, exc) from exc
        date = response.headers.get("Date")
        if date:
            self.server_time = parsedate_to_datetime(date).timestamp()
        if failed:
            error = error_of(method, path, response.status, text, self.server)
            error.retry_after = retry_after_of(response.headers.get("Retry-After"), text)
            raise error
        return response

    def _headers(self, accept: str) -> "Dict[str, str]":
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

    def _seconds(self, timeout: float) -> float:
        """The timeout, cut at the deadline, but at least one second."""
        return timeout if self.deadline is None else max(1, min(timeout, self.deadline - time.monotonic()))
