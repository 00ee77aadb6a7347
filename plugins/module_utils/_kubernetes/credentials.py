# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which credentials a client of the API uses, and from where. The rules are those of kubernetes.core."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Optional, Tuple

CONNECTIONS = 12
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"

_FALSE = ("0", "no", "false", "off", "n", "f")

# Option: the variable of the environment that says the same, and the attribute of the package's configuration.
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
# The options of the documentation fragment kubeconfig.
AUTH_SPEC: "Dict[str, Dict[str, Any]]" = {
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


def plan_credentials(
    kubeconfig: "Optional[str]", context: "Optional[str]", env: "Mapping[str, str]", has_service_account: bool
) -> "Tuple[str, Optional[str], Optional[str]]":
    """The source of credentials ("direct", "kubeconfig" or "incluster"), its file and its context. Pure.

    A host with its own credentials needs no kubeconfig. Else the first of these counts: a named kubeconfig or
    context, KUBECONFIG, the service account of a pod, ~/.kube/config.
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


def configure(
    package: "Any",
    kubeconfig: "Optional[str]",
    context: "Optional[str]",
    env: "Mapping[str, str]",
    options: "Optional[Mapping[str, Any]]" = None,
) -> "Any":
    """The configuration object of ``package``, which is the Python package kubernetes.

    ``options`` are those of AUTH; each comes before its variable in ``env``. Raises KubeError CRI-API-CONFIG.
    """
    configuration = type.__call__(package.client.Configuration)
    configuration.connection_pool_maxsize = CONNECTIONS
    given = {AUTH[name][0]: str(value) for name, value in (options or {}).items() if value not in (None, "")}
    env = dict(env, **given)
    in_pod = bool(env.get("KUBERNETES_SERVICE_HOST")) and os.path.exists(SERVICE_ACCOUNT)
    source, path, context = plan_credentials(kubeconfig, context, env, in_pod)
    try:
        if source == "incluster":
            package.config.load_incluster_config(client_configuration=configuration)
        elif source == "kubeconfig":
            _load_kubeconfig(package, configuration, path or "", context)
    except KubeError:
        raise
    except Exception as exc:  # the loaders raise whatever YAML, base64 or an exec plugin raise
        raise KubeError(
            "CRI-API-CONFIG",
            "cannot use the %s: %s" % ("kubeconfig %s" % path if path else "service account", exc),
            details={"kubeconfig": path, "context": context},
        ) from exc
    # A kubeconfig that was named counts as it is. Only options come before what it says.
    _override(configuration, given if kubeconfig else env)
    return configuration


def _load_kubeconfig(package: "Any", configuration: "Any", path: str, context: "Optional[str]") -> None:
    files = os.pathsep.join(os.path.expanduser(part) for part in path.split(os.pathsep))
    if not any(os.path.exists(part) for part in files.split(os.pathsep)):
        raise KubeError(
            "CRI-API-CONFIG",
            "no kubeconfig at %s where this runs. Set switchover_kubeconfig, K8S_AUTH_KUBECONFIG or KUBECONFIG." % path,
            details={"kubeconfig": path},
        )
    package.config.load_kube_config(
        config_file=files, context=context, client_configuration=configuration, persist_config=False
    )


def _override(configuration: "Any", values: "Mapping[str, str]") -> None:
    """Put what variables or options say over what a kubeconfig says."""
    for name, attribute in AUTH.values():
        if attribute and values.get(name):
            setattr(configuration, attribute, values[name])
    if values.get("K8S_AUTH_API_KEY"):
        configuration.refresh_api_key_hook = None  # it would restore the kubeconfig's token
        # The name of this entry changed between releases of the package.
        for name in ("authorization", "BearerToken"):
            configuration.api_key[name] = "Bearer %s" % values["K8S_AUTH_API_KEY"]
    if values.get("K8S_AUTH_VERIFY_SSL"):
        configuration.verify_ssl = values["K8S_AUTH_VERIFY_SSL"].strip().lower() not in _FALSE


def auth_of(params: "Mapping[str, Any]") -> "Dict[str, Any]":
    """The options of AUTH among a module's parameters."""
    return {name: params[name] for name in AUTH}
