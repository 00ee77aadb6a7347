# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a node says how its dockerd is set up: files, command line, environment, and the daemon's own answers. Pure.

What the settings mean is the table `_runtimes.docker_settings`, which this package may not import.
"""

import json
import os
import re
import shlex

from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import DATA_ROOT, driver_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

    Facts = Dict[str, Any]

# Names under which every Docker has runc (moby 20.10, daemon/config/config.go, builtinRuntimes).
RUNC = ("runc", "io.containerd.runc.v2", "io.containerd.runtime.v1.linux")


class Sources:
    """Where a node says how its dockerd is set up; `_runtimes.docker_options` reads the settings out of it.

    path, keys: of daemon.json. argv: of the running daemon, or empty. variables: {name: value} of its environment.
    found: {setting: (value, source)} of what stands in files of its own. answers: {setting: value} of info_settings().
    """

    def __init__(
        self,
        path: str = "/etc/docker/daemon.json",
        keys: "Optional[Facts]" = None,
        argv: "Sequence[str]" = (),
        variables: "Optional[Mapping[str, str]]" = None,
    ) -> None:
        self.path, self.keys, self.argv, self.variables = path, keys or {}, argv, variables or {}
        self.found: "Dict[str, Tuple[Any, str]]" = {}
        self.answers: "Facts" = {}


def login_hosts(text: str) -> "Optional[List[str]]":
    """Registries that a docker config.json has credentials for; None where kubelet would go on to the next file.

    kubelet reads `auths` alone; helpers and stores for credentials are the docker command's (kubernetes 1.21.14,
    pkg/credentialprovider/config.go).
    """
    try:
        auths = json.loads(text).get("auths") or {}
        return sorted(host for host, login in auths.items() if login)
    except (ValueError, AttributeError):
        return None


def login_files(root_dir: str, working_dir: str, home: str) -> "List[str]":
    """The files in which a kubelet finds credentials for registries, the first before all (same source).

    root_dir: its --root-dir. working_dir, home: of its process; home is empty without a variable HOME.
    """
    folders = (root_dir, working_dir, os.path.join(working_dir, home, ".docker"), "/.docker")
    return [os.path.join(folder, "config.json") for folder in folders]


def unit_variables(properties: "Mapping[str, str]", files: "Iterable[str]") -> "Dict[str, str]":
    """{name: value} of the variables that a unit sets by Environment= and by the texts of its environment files."""
    found = {}
    try:
        words = shlex.split(properties.get("Environment", ""))
    except ValueError:
        words = properties.get("Environment", "").split()
    for word in words:
        name, separator, value = word.partition("=")
        if separator:
            found[name] = value
    for text in files:
        for name, value in re.findall(r"(?m)^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$", text):
            found[name] = value.strip().strip("\"'")
    return found


def process_variables(environ: str) -> "Dict[str, str]":
    """{name: value} of a process's environment, as /proc/PID/environ has it."""
    pairs = (entry.partition("=") for entry in environ.split("\0"))
    return {name: value for name, separator, value in pairs if separator}


def expanded_variables(exec_start: str) -> "List[str]":
    """Names of the variables that a unit puts on its command line, as `systemctl show` prints ExecStart=."""
    return re.findall(r"\$\{?([A-Za-z_]\w*)", exec_start)


def info_settings(info: "Facts") -> "Facts":
    """{setting: value} of what `GET /info` says of settings; True: set, but to what is not known."""
    security = info.get("SecurityOptions") or []
    runtimes = {name: item for name, item in (info.get("Runtimes") or {}).items() if name not in RUNC}
    proxies = {"http-proxy": "HttpProxy", "https-proxy": "HttpsProxy", "no-proxy": "NoProxy"}
    settings: "Facts" = {
        name: any(option.startswith("name=" + word) for option in security)
        for name, word in (
            ("userns-remap", "userns"),
            ("rootless", "rootless"),
            ("selinux-enabled", "selinux"),
            ("no-new-privileges", "no-new-privileges"),
        )
    }
    settings.update(
        {
            "seccomp-profile": next((o.partition("profile=")[2] for o in security if o.startswith("name=seccomp")), ""),
            "default-runtime": info.get("DefaultRuntime"),
            "runtimes": {name: _runtime(runtimes[name] or {}) for name in runtimes},
            "registry-mirrors": [
                mirror.rstrip("/") for mirror in (info.get("RegistryConfig") or {}).get("Mirrors") or []
            ],
            "insecure-registries": _insecure(info.get("RegistryConfig") or {}),
            "proxies": {name: info[field] for name, field in proxies.items() if info.get(field)},
            "log-driver": info.get("LoggingDriver"),
            "data-root": _data_root(info, settings["userns-remap"]),
        }
    )
    if "io.containerd.snapshotter.v1" in str(driver_status(info).get("driver-type", "")):
        settings["features"] = {"containerd-snapshotter": True}
    return settings


def _runtime(said: "Facts") -> "Facts":
    """As `_runtimes.docker_options` has a runtime of daemon.json."""
    found = {"path": said.get("path") or ""}
    return dict(found, args=said["runtimeArgs"]) if said.get("runtimeArgs") else found


def _data_root(info: "Facts", is_remapped: bool) -> "Optional[str]":
    """The setting. With userns-remap the daemon says the folder UID.GID below it (moby 20.10, daemon_unix.go)."""
    said: "Optional[str]" = info.get("DockerRootDir")
    return re.sub(r"/\d+\.\d+/?\Z", "", said) if said and is_remapped else said


def _insecure(registry: "Facts") -> "List[str]":
    """Registries and networks, without this machine itself, which Docker always adds."""
    indexes = registry.get("IndexConfigs") or {}
    found = [name for name, index in indexes.items() if not (index or {}).get("Secure", True)]
    found += [cidr for cidr in registry.get("InsecureRegistryCIDRs") or [] if cidr not in ("127.0.0.0/8", "::1/128")]
    return sorted(found)


def setting_facts(settings: "Facts") -> "Facts":
    """What others need of the settings, under names of its own: {cgroup_driver, data_root, default_ulimits}.

    settings: of `_runtimes.docker_options.read()`. default_ulimits: {name: {soft, hard}}. Without a setting for it the
    cgroup driver is not known: only the daemon says which one is its default.
    """

    def value(name: str, default: "Any") -> "Any":
        return (settings.get(name) or {}).get("value") or default

    options = [option.partition("=") for option in value("exec-opts", [])]
    drivers = [text.strip() for name, _sep, text in options if name.strip().lower() == "native.cgroupdriver"]
    return {
        "cgroup_driver": drivers[-1] if drivers else None,
        "data_root": value("data-root", DATA_ROOT),
        "default_ulimits": value("default-ulimits", {}),
    }
