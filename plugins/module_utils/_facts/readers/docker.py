# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads Docker: its unit and files, and its API while it runs."""

import os
import re

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker as parsing
from ansible_collections.cri.switchover.plugins.module_utils._facts import docker_api, io, masking, processes, systemd
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import texts_of
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def read(node: "Inspection", docker: "Facts") -> None:
    """Fill the part `docker`. It needs `packages` and `kubelet`."""
    properties = node.unit("docker.service")
    unit = systemd.unit_facts(properties)
    pid = node.main_pid("docker.service", "dockerd")
    argv = processes.command_line(pid)
    binary = systemd.exec_binary(properties)
    installed = node.info.get("packages", {}).get("installed", {})
    family = parsing.package_family(installed)
    docker.update(
        installed=bool(argv or unit["installed"] or io.which("dockerd")),
        running=bool(argv),
        pid=pid if argv else None,
        enabled=unit["enabled"],
        binary=binary if binary and os.path.exists(binary) else io.which("dockerd"),
        socket_enabled=systemd.unit_facts(node.unit("docker.socket"))["enabled"],
        family=family,
        version=version_text(re.sub(r"^\d+:", "", installed.get(family) or "")),
        api_ok=False,
        fragment=unit["fragment"],
        dropins=unit["dropins"],
        dependencies=systemd.dependencies(properties),
        needed_by=parsing.needed_by(properties),
    )
    if not docker["installed"]:
        return
    _read_files(node, docker, argv)
    if docker["running"]:
        _read_api(node, docker)


def _read_files(node: "Inspection", docker: "Facts", argv: "List[str]") -> None:
    """The daemon's options, daemon.json, variables and logins. argv: of the running daemon, or empty."""
    properties = node.unit("docker.service")
    flags = parsing.command_line_flags(argv)
    docker["exec_start_flags"] = masking.mask_words(flags)
    path = parsing.flag_value(flags, ("config-file",)) or "/etc/docker/daemon.json"
    text = io.read_text(path)
    daemon = parsing.parse_daemon_json(text or "")
    docker["daemon_json"] = dict(daemon, exists=text is not None, path=path)
    files = [text for _path, text in texts_of(systemd.environment_file_paths(properties))]
    docker["environment"] = systemd.variable_names(properties, files)
    docker["logins"] = parsing.login_hosts(io.read_text("/root/.docker/config.json") or "")
    kubelet_root = node.info["kubelet"].get("root_dir", "/var/lib/kubelet")
    docker["kubelet_logins"] = parsing.login_hosts(io.read_text(kubelet_root + "/config.json") or "")
    docker["default_ulimits"] = daemon["keys"].get("default-ulimits") or {}
    docker.update(parsing.file_facts(daemon["keys"], flags))
    docker["proxies"] = docker["proxies"] or parsing.has_proxy(docker["environment"])


def _read_api(node: "Inspection", docker: "Facts") -> None:
    """The daemon's own answers, which beat what its files say."""
    facts = parsing.info_facts(_get("/info", node.timeout))
    facts["proxies"] = facts["proxies"] or docker["proxies"]
    docker.update(facts)
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


def _get(path: str, timeout: float) -> "Any":
    status, answer = docker_api.get(path, timeout)
    if status != 200:
        raise io.NodeError("Docker's API answered GET %s with %d: %s" % (path, status, (answer or {}).get("message")))
    return answer
