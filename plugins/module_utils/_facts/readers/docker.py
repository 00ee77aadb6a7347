# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads Docker: its unit and files, and its API while it runs."""

import codecs
import os
import re

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker as parsing
from ansible_collections.cri.switchover.plugins.module_utils._facts import (
    docker_api,
    docker_sources,
    io,
    processes,
    systemd,
)
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import texts_of
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Container, Dict, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection

    # Functions of packages that this one may not import: whoever calls gives them.
    # `_runtimes.docker_options.read`
    ReadOptions = Callable[[docker_sources.Sources], Facts]
    # `_kubelet.command_line.start_words`
    StartWords = Callable[[List[Tuple[str, str]], Callable[[str], Optional[str]], Container[str]], Optional[List[str]]]

DAEMON_JSON = "/etc/docker/daemon.json"
CERTIFICATES = "/etc/docker/certs.d"
# moby 20.10, registry/registry.go, ReadCertsDirectory
CERTIFICATE_FILES = (".crt", ".cert", ".key")
# Names under which packages have the daemon's program.
PROGRAMS = ("dockerd", "dockerd-ce", "dockerd-current")
DROPINS = "/etc/systemd/system/docker.service.d"


def read(node: "Inspection", docker: "Facts", read_options: "ReadOptions", start_words: "StartWords") -> None:
    """Fill the part `docker`. It needs `packages` and `kubelet`."""
    properties = node.unit("docker.service")
    unit = systemd.unit_facts(properties)
    pid = node.main_pid("docker.service", "dockerd")
    argv = processes.command_line(pid)
    binary = systemd.exec_binary(properties)
    installed = node.info.get("packages", {}).get("installed", {})
    family, of_package = parsing.package_family(installed)
    docker.update(
        installed=bool(argv or unit["installed"] or io.which("dockerd")),
        running=bool(argv),
        pid=pid if argv else None,
        enabled=unit["enabled"],
        binary=binary if binary and os.path.exists(binary) else io.which("dockerd"),
        socket_enabled=systemd.unit_facts(node.unit("docker.socket"))["enabled"],
        family=family,
        version=version_text(re.sub(r"^\d+:", "", of_package or "")),
        api_ok=False,
        fragment=unit["fragment"],
        dropins=unit["dropins"],
        dependencies=systemd.dependencies(properties),
        needed_by=parsing.needed_by(properties),
    )
    # `version` becomes that of the running daemon, which may have been upgraded since it started.
    docker["package_version"] = docker["version"]
    if not docker["installed"]:
        return
    sources = _read_files(node, docker, argv)
    next_argv = start_words(texts_of([unit["fragment"]] + _dropins(unit["dropins"])), io.read_text, PROGRAMS)
    _read_next_start(docker, argv if next_argv is None else next_argv, read_options)
    _fill_settings(docker, sources, read_options)
    if docker["running"]:
        info = _get("/info", node.timeout)
        sources.answers = docker_sources.info_settings(info)
        _fill_settings(docker, sources, read_options)
        docker.update(parsing.info_facts(info))
        _read_use(node, docker)


def _read_files(node: "Inspection", docker: "Facts", argv: "List[str]") -> "docker_sources.Sources":
    """Where the settings stand, and `environment`. argv: of the running daemon, or empty."""
    properties = node.unit("docker.service")
    path = _config_file(argv)
    keys = parsing.parse_daemon_json(_text(path) or "")["keys"]
    files = [text for _path, text in texts_of(systemd.environment_file_paths(properties))]
    expanded = docker_sources.expanded_variables(properties.get("ExecStart", ""))
    docker["environment"] = [name for name in systemd.variable_names(properties, files) if name not in expanded]
    variables = _variables_of(docker["pid"]) or docker_sources.unit_variables(properties, files)
    sources = docker_sources.Sources(path, keys, argv, variables)
    certificates = _registry_certificates()
    if certificates:
        sources.found["certs.d"] = (certificates, CERTIFICATES)
    login = _kubelet_login(node)
    if login:
        sources.found["docker login"] = (login, login["path"])
    return sources


def _config_file(argv: "List[str]") -> str:
    return parsing.flag_value(parsing.command_line_flags(argv), ("config-file",)) or DAEMON_JSON


def _dropins(loaded: "List[str]") -> "List[str]":
    """Those that systemd has loaded, and those that it will find, in the order of their names."""
    new = [os.path.join(DROPINS, name) for name in _names_in(DROPINS) if name.endswith(".conf")]
    by_name = {os.path.basename(path): path for path in loaded + new}
    return [by_name[name] for name in sorted(by_name)]


def _read_next_start(docker: "Facts", argv: "List[str]", read_options: "ReadOptions") -> None:
    """`daemon_json`, with what keeps dockerd from starting again. argv: with which it will be started."""
    path = _config_file(argv)
    text = _text(path)
    daemon = parsing.parse_daemon_json(text or "")
    options = read_options(docker_sources.Sources(path, daemon.pop("keys"), argv))
    daemon["empty"] = daemon["empty"] and text is not None
    refused = {key: options[key] for key in ("conflicts", "doubled", "mistyped")}
    docker["daemon_json"] = dict(daemon, exists=text is not None, path=path, **refused)


def _fill_settings(docker: "Facts", sources: "docker_sources.Sources", read_options: "ReadOptions") -> None:
    """`settings`, and what others need of them."""
    docker["settings"] = read_options(sources)["settings"]
    docker.update(docker_sources.setting_facts(docker["settings"]))


def _text(path: str) -> "Optional[str]":
    """A text file; one in UTF-16 is known by its byte order mark."""
    text = io.read_text(path)
    if text is not None and text.startswith("\ufffd"):
        content = io.read_bytes(path) or b""
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "\ufeff" + content.decode("utf-16", "replace")
    return text


def _variables_of(pid: "Optional[int]") -> "Dict[str, str]":
    """The environment of a process; empty without a pid, or without the right to read it."""
    return docker_sources.process_variables(io.read_text("/proc/%d/environ" % pid) or "") if pid else {}


def _registry_certificates() -> "Dict[str, List[str]]":
    """{registry: files} of the certificates that Docker has for registries."""
    found = {}
    for host in _names_in(CERTIFICATES):
        files = [name for name in _names_in(os.path.join(CERTIFICATES, host)) if name.endswith(CERTIFICATE_FILES)]
        if files:
            found[host] = files
    return found


def _names_in(folder: str) -> "List[str]":
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _kubelet_login(node: "Inspection") -> "Facts":
    """{path, hosts} of the file with credentials for registries that the kubelet reads; {} without one."""
    pid = node.kubelet_pid()
    home = _variables_of(pid).get("HOME", "")
    try:
        folder = os.readlink("/proc/%s/cwd" % pid)
    except OSError:
        folder = "/"
    root_dir = node.info["kubelet"].get("root_dir") or "/var/lib/kubelet"
    for path in docker_sources.login_files(root_dir, folder, home):
        text = io.read_text(path)
        hosts = None if text is None else docker_sources.login_hosts(text)
        if hosts is not None:
            return {"path": path, "hosts": hosts} if hosts else {}
    return {}


def _read_use(node: "Inspection", docker: "Facts") -> None:
    """The daemon's containers and images."""
    containers = _get("/containers/json?all=1", node.timeout)
    docker["containers"] = parsing.container_facts(containers)
    docker["api_ok"] = True
    if node.params["images"]:
        images = parsing.image_facts(_get("/images/json", node.timeout), containers)
        docker["images_bytes"] = {
            "all": sum(image["size"] for image in images),
            "in_use": sum(image["size"] for image in images if image["in_use"]),
        }
        docker["images"] = images
        docker["images_to_transfer"] = parsing.images_to_transfer(images)


def _get(path: str, timeout: float) -> "Any":
    status, answer = docker_api.get(path, timeout)
    if status != 200:
        raise io.NodeError("Docker's API answered GET %s with %d: %s" % (path, status, (answer or {}).get("message")))
    return answer
