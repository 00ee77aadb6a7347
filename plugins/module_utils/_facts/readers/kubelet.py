# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the kubelet: its unit, its arguments, its configuration files and its name."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import (
    io,
    masking,
    node_name,
    processes,
    systemd,
    yaml_subset,
)
from ansible_collections.cri.switchover.plugins.module_utils._facts import kubelet as parsing
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import texts_of
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import Arguments
    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection

    # `_kubelet.effective_flags.effective_flags`, which this package may not import: whoever calls gives it
    EffectiveFlags = Callable[[List[Tuple[str, str]], Dict[str, str], Optional[List[str]]], Dict[str, Any]]


def read(node: "Inspection", kubelet: "Facts", effective_flags: "EffectiveFlags") -> None:
    """Fill the part `kubelet`, and `node_name` at the top."""
    properties = node.unit(node.kubelet_unit)
    kubelet.update(systemd.unit_facts(properties), unit=node.kubelet_unit, version=None)
    pid = node.kubelet_pid()
    cmdline = processes.command_line(pid)
    running = bool(cmdline)
    kubelet.update(running=running, pid=pid if running else None, dependencies=systemd.dependencies(properties))
    kubelet["outside_units"] = _cgroup_outside_units(node, pid) if pid and running else None
    kubelet["oddities"] = []
    texts = texts_of([kubelet["fragment"]] + kubelet["dropins"])
    environment = dict(texts_of(systemd.environment_file_paths(properties)))
    found: "Dict[str, Any]" = {"binary": None, "flags": [], "oddities": []}
    if texts or cmdline:
        found = effective_flags(texts, environment, cmdline or None)
    kubelet["binary"] = found["binary"] or systemd.exec_binary(properties)
    if running and os.readlink("/proc/%s/exe" % pid).endswith(" (deleted)"):
        kubelet["oddities"].append("the program of the running kubelet was replaced since its start")
    kubelet["installed"] = bool(
        running or kubelet["installed"] or (kubelet["binary"] and os.path.exists(kubelet["binary"]))
    )
    kubelet["oddities"] += found["oddities"]
    kubelet["flags"] = [dict(flag, value=masking.mask(flag["value"], flag["name"])) for flag in found["flags"]]
    args = kubelet["args"] = node.args = parsing.arguments(found["flags"])
    _read_paths(kubelet, args)
    _read_config(kubelet, args, pid if running else None)
    _read_name(node.info, kubelet, args)
    kubelet["version"] = version_text(node.result("kubelet"))
    kubelet["pause_image"] = parsing.last(args, "pod-infra-container-image") or parsing.default_pause_image(
        kubelet["version"]
    )


def _cgroup_outside_units(node: "Inspection", pid: int) -> "Optional[str]":
    """The cgroup of a kubelet that runs in no service of systemd, as in a container of Docker; None for any other."""
    lines = (io.read_text("/proc/%d/cgroup" % pid) or "").splitlines()
    if not lines or node.service_of(pid):
        return None
    # "1:name=systemd:/docker/0a1b..." of cgroup v1, "0::/system.slice/docker-0a1b....scope" of v2
    paths = {line.split(":", 2)[1]: line.split(":", 2)[2] for line in lines if line.count(":") > 1}
    return paths.get("name=systemd") or paths.get("") or lines[0]


def _read_paths(kubelet: "Facts", args: "Arguments") -> None:
    """Paths that flags name, or else their defaults."""

    def last(name: str) -> str:
        return parsing.last(args, name)

    kubelet["root_dir"] = last("root-dir") or "/var/lib/kubelet"
    kubelet["kubeconfig"] = last("kubeconfig") or None
    kubelet["config_file"] = last("config") or None
    kubelet["config_dir"] = last("config-dir") or None
    kubelet["network_plugin"] = last("network-plugin")
    kubelet["cni_bin_dir"] = last("cni-bin-dir") or "/opt/cni/bin"
    kubelet["cni_conf_dir"] = last("cni-conf-dir") or "/etc/cni/net.d"
    kubelet["cni_cache_dir"] = last("cni-cache-dir") or "/var/lib/cni/cache"


def _read_config(kubelet: "Facts", args: "Arguments", pid: "Optional[int]") -> None:
    """The configuration file with its drop-ins, and what contradicts it. pid: of the running kubelet, or None."""
    paths = [kubelet["config_file"]] if kubelet["config_file"] else []
    if kubelet["config_dir"]:
        names = io.read_folder(kubelet["config_dir"], (".conf",))
        paths += [os.path.join(kubelet["config_dir"], name) for name in sorted(names)]
    kubelet["config"], kubelet["config_read"] = {}, False
    texts = texts_of(paths)
    try:
        kubelet["config"] = parsing.kubelet_config([text for _path, text in texts])
        kubelet["config_read"] = len(texts) == len(paths)
    except yaml_subset.YamlError as error:
        kubelet["error"] = "%s: %s" % (", ".join(paths), error)
    kubelet["effective"] = parsing.effective_config(args, kubelet["config"])
    kubelet["cgroup_driver"] = kubelet["effective"].get("cgroupDriver") or "cgroupfs"
    kubelet["static_pod_path"] = kubelet["effective"].get("staticPodPath")
    if pid:
        started = processes.start_time(pid)
        for path in paths:
            if os.path.exists(path) and os.stat(path).st_mtime > started + 1:
                kubelet["oddities"].append("%s was changed after kubelet's start" % path)
    kubelet["oddities"] += parsing.cgroup_driver_oddities(kubelet["cgroup_driver"], _top_cgroups())
    _read_instance_config(kubelet)


def _top_cgroups() -> "List[str]":
    """Names of kubelet's top cgroups that exist."""
    roots = ("/sys/fs/cgroup/", "/sys/fs/cgroup/cpu/")
    return [name for name in ("kubepods.slice", "kubepods") if any(os.path.isdir(root + name) for root in roots)]


def _read_instance_config(kubelet: "Facts") -> None:
    """kubeadm's instance-config.yaml."""
    instance = io.read_text(os.path.join(kubelet["root_dir"], "instance-config.yaml"))
    kubelet["instance_config"] = {"exists": instance is not None, "endpoint": None}
    if instance is not None:
        try:
            found = parsing.kubelet_config([instance])
            kubelet["instance_config"]["endpoint"] = found.get("containerRuntimeEndpoint")
        except yaml_subset.YamlError as error:
            kubelet["oddities"].append("instance-config.yaml: %s" % error)


def _read_name(info: "Facts", kubelet: "Facts", args: "Arguments") -> None:
    """The name the kubelet registers under."""
    name = None
    text = io.read_text(kubelet["kubeconfig"]) if kubelet["kubeconfig"] else None
    if text:
        try:
            path, data = node_name.client_certificate(text)
            pem = io.read_text(path) if path else None
            name = node_name.node_name_in_certificate(pem or node_name.from_base64(data or ""))
        except (yaml_subset.YamlError, AttributeError, ValueError) as error:
            kubelet["oddities"].append("%s is not readable: %s" % (kubelet["kubeconfig"], error))
    info["node_name"], oddities = node_name.node_names(info["hostname"], args, name)
    kubelet["oddities"] += oddities
