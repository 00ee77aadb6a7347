# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which container runtime a running kubelet talks to, and why that is so. Pure."""

import re

from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import last
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Mapping, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import Arguments

_LISTENERS: "Dict[Optional[str], Tuple[str, Optional[str]]]" = {
    "cri-dockerd": ("docker", "cri-dockerd"),
    "containerd": ("containerd", None),
    "crio": ("crio", None),
    "kubelet": ("docker", "dockershim"),
}


def runtime_of_socket(path: str, is_legacy: bool) -> "Tuple[str, Optional[str]]":
    """(runtime, shim) of a CRI socket by its name. is_legacy: kubelet has dockershim built in (up to 1.23)."""
    if re.search(r"cri-?dockerd?\b", path):
        return "docker", "cri-dockerd"
    if path.endswith("/dockershim.sock"):
        # a later kubelet has no dockershim: whoever listens there took its place
        return "docker", "dockershim" if is_legacy else "cri-dockerd"
    if "containerd" in path:
        return "containerd", None
    if "crio" in path or "cri-o" in path:
        return "crio", None
    return "unknown", None


def runtime_in_use(
    version: "Optional[str]",
    args: "Arguments",
    config: "Optional[Mapping[str, Any]]",
    resolve: "Callable[[str], str]",
    listener: "Callable[[str], Optional[str]]",
) -> "Dict[str, Optional[str]]":
    """{in_use, shim, endpoint, evidence} of a kubelet with these effective arguments.

    config: the fields of its configuration files, or None when these could not be read.
    resolve(path): the path without symbolic links. listener(path): the name of the process behind a socket, or None.
    """
    parsed = version_tuple(version)
    legacy = parsed is not None and parsed < (1, 24)
    runtime = last(args, "container-runtime")
    flag, field = last(args, "container-runtime-endpoint"), (config or {}).get("containerRuntimeEndpoint") or ""
    if parsed is not None and parsed < (1, 27):
        field = ""  # those releases do not know the field
    if legacy and runtime != "remote":
        return _dockershim(version, runtime, flag)
    if flag:
        endpoint, source = flag, "--container-runtime-endpoint=%s" % flag
        if field and field != flag:
            source += " (it beats containerRuntimeEndpoint: %s of the configuration)" % field
    elif field:
        endpoint, source = field, "containerRuntimeEndpoint: %s" % field
    elif parsed is not None and parsed >= (1, 27) and config is not None:
        endpoint, source = "unix:///run/containerd/containerd.sock", "its default endpoint, none is set"
    else:
        return _no_endpoint(version, config is not None)
    path = re.sub(r"^unix:(//)?", "", endpoint)
    found = runtime_of_socket(resolve(path), legacy)
    if found[0] == "unknown":
        process = listener(path)
        found = _LISTENERS.get(process, found)
        source += ", where %s listens" % (process or "nobody known")
    elif found[1] == "cri-dockerd":
        source += ", which is cri-dockerd"
    return {
        "in_use": found[0],
        "shim": found[1],
        "endpoint": endpoint,
        "evidence": "kubelet %s has %s" % (version or "of unknown version", source),
    }


def _dockershim(version: "Optional[str]", runtime: str, flag: str) -> "Dict[str, Optional[str]]":
    reason = "--container-runtime=%s" % runtime if runtime else "no --container-runtime"
    evidence = "kubelet %s has %s: its built-in dockershim" % (version, reason)
    if flag:
        evidence += "; --container-runtime-endpoint only says where dockershim listens"
    return {
        "in_use": "docker",
        "shim": "dockershim",
        "endpoint": flag or "unix:///var/run/dockershim.sock",
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
