# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which container runtime a running kubelet talks to, and why that is so. Pure."""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import last
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.known_runtime import KnownRuntime
    from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import Arguments

# Processes that listen for Docker, and what they are to kubelet.
_SHIMS: "Dict[Optional[str], Tuple[str, Optional[str]]]" = {
    "cri-dockerd": ("docker", "cri-dockerd"),
    "kubelet": ("docker", "dockershim"),
}


def runtime_of_socket(path: str, is_legacy: bool, runtimes: "Iterable[KnownRuntime]") -> "Tuple[str, Optional[str]]":
    """(runtime, shim) of a CRI socket by its name. is_legacy: kubelet has dockershim built in.

    runtimes: those that are known by their sockets.
    """
    if re.search(r"cri-?dockerd?\b", path):
        return "docker", "cri-dockerd"
    if path.endswith("/dockershim.sock"):
        # a later kubelet has no dockershim: whoever listens there took its place
        return "docker", "dockershim" if is_legacy else "cri-dockerd"
    found = (runtime.name for runtime in runtimes if runtime.owns_socket(path))
    return next(found, "unknown"), None


def runtime_in_use(
    version: "Optional[str]",
    args: "Arguments",
    config: "Optional[Mapping[str, Any]]",
    resolve: "Callable[[str], str]",
    listener: "Callable[[str], Optional[str]]",
    runtimes: "Iterable[KnownRuntime]",
) -> "Dict[str, Optional[str]]":
    """{in_use, shim, endpoint, evidence} of a kubelet with these effective arguments.

    config: the fields of its configuration files, or None when these could not be read.
    resolve(path): the path without symbolic links. listener(path): the name of the process behind a socket, or None.
    runtimes: those that this collection knows.
    """
    parsed = version_tuple(version)
    # of an unknown version nothing is known
    kubelet = kubelet_releases.of(parsed) if parsed else None
    runtime = last(args, "container-runtime")
    flag, field = last(args, "container-runtime-endpoint"), (config or {}).get("containerRuntimeEndpoint") or ""
    if kubelet is not None and not kubelet.has_endpoint_field:
        field = ""
    if kubelet is not None and kubelet.has_dockershim and runtime != "remote":
        return _dockershim(version, runtime, flag, kubelet.default_endpoint)
    if flag:
        endpoint, source = flag, "--container-runtime-endpoint=%s" % flag
        if field and field != flag:
            source += " (it beats containerRuntimeEndpoint: %s of the configuration)" % field
    elif field:
        endpoint, source = field, "containerRuntimeEndpoint: %s" % field
    elif kubelet is not None and not kubelet.has_dockershim and kubelet.default_endpoint and config is not None:
        endpoint, source = kubelet.default_endpoint, "its default endpoint, none is set"
    else:
        return _no_endpoint(version, config is not None)
    path = re.sub(r"^unix:(//)?", "", endpoint)
    found = runtime_of_socket(resolve(path), kubelet is not None and kubelet.has_dockershim, runtimes)
    if found[0] == "unknown":
        process = listener(path)
        found = _SHIMS.get(process) or next(
            ((runtime.name, None) for runtime in runtimes if process and runtime.process == process), found
        )
        source += ", where %s listens" % (process or "nobody known")
    elif found[1] == "cri-dockerd":
        source += ", which is cri-dockerd"
    return {
        "in_use": found[0],
        "shim": found[1],
        "endpoint": endpoint,
        "evidence": "kubelet %s has %s" % (version or "of unknown version", source),
    }


def _dockershim(version: "Optional[str]", runtime: str, flag: str, default: str) -> "Dict[str, Optional[str]]":
    reason = "--container-runtime=%s" % runtime if runtime else "no --container-runtime"
    evidence = "kubelet %s has %s: its built-in dockershim" % (version, reason)
    if flag:
        evidence += "; --container-runtime-endpoint only says where dockershim listens"
    return {
        "in_use": "docker",
        "shim": "dockershim",
        "endpoint": flag or default,
        "evidence": evidence,
    }


def _no_endpoint(version: "Optional[str]", is_config_read: bool) -> "Dict[str, Optional[str]]":
    evidence = "kubelet %s names no runtime endpoint" % (version or "of unknown version")
    return {
        "in_use": "unknown",
        "shim": None,
        "endpoint": None,
        "evidence": evidence + ("" if is_config_read else ", and its configuration could not be read"),
    }
