# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a node: Docker's data directories, containers and processes, without a question to Docker.

A Docker that is stopped must not be started to be asked. Private to this collection: there is no promise that it stays
as it is.
"""

import glob
import os
import re

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.containers import container
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.data import OTHER_DATA
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.mounts import (
    is_within,
    mounts_at,
    parse_mountinfo,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine import guards
from ansible_collections.cri.switchover.plugins.module_utils._facts import docker, io
from ansible_collections.cri.switchover.plugins.module_utils._facts import node as node_facts
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd_config import CONFIG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Sequence

    from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.mounts import Mount
    from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node

USUAL_ROOT = "/var/lib/docker"


class DockerReader:
    """``service``: systemd's properties of docker.service; ``notes``: those of an unfinished removal."""

    def __init__(self, node: "Node", service: "Dict[str, str]", notes: "Dict[str, Any]") -> None:
        self.node, self.service, self.notes = node, service, notes
        self.mounts = self.mounted()
        self.roots = self._data_roots()

    def mounted(self) -> "List[Mount]":
        """What is mounted now."""
        return parse_mountinfo(self._text("/proc/self/mountinfo"))

    def containers(self) -> "List[Dict[str, Any]]":
        """Docker's containers, running or not, out of its files."""
        found = []
        for root in self.roots:
            for path in sorted(glob.glob(self.node.path(root) + "/containers/*/config.v2.json")):
                text = io.read_text(path, 1 << 22)
                if text is not None:
                    found.append(container(text, path.split("/")[-2]))
        return found

    def shims(self) -> "List[str]":
        """Ids of Docker's containers that run, whether dockerd does or not."""
        found = []
        for path in glob.glob(self.node.path("/proc") + "/[0-9]*/cmdline"):
            argv = (io.read_text(path) or "").split("\0")
            if "containerd-shim" in argv[0] and "moby" in argv:
                match = re.search(r"\b([0-9a-f]{64})\b", " ".join(argv))
                found.append(match.group(1) if match else path.split("/")[-2])
        return sorted(found)

    def pod_processes(self, identifiers: "Sequence[str]") -> "Dict[Any, str]":
        """{process id: cgroup} of processes in pods' cgroups that belong to these containers."""
        groups = guards.pod_processes(self.node)
        return {pid: group for pid, group in groups.items() if guards.is_dockers(group, identifiers)}

    def data(self, kubelet_args: "Dict[str, Any]") -> "Dict[str, Any]":
        """{roots: see data.data_problems(), others: paths}. ``kubelet_args``: of the running kubelet."""
        others = [path for path in OTHER_DATA if os.path.lexists(self.node.path(path))]
        return {"roots": [self._directory(root, kubelet_args) for root in self.roots], "others": others}

    def _data_roots(self) -> "List[str]":
        """The directory that Docker is set up with, and the usual one, where it may have begun."""
        root = self.notes.get("data_root") or self._data_root()
        apart = not (is_within(root, USUAL_ROOT) or is_within(USUAL_ROOT, root))
        return [root] + ([USUAL_ROOT] if apart and os.path.lexists(self.node.path(USUAL_ROOT)) else [])

    def _data_root(self) -> str:
        started = re.search(r"argv\[\]=([^;]*)", self.service.get("ExecStart", ""))
        words = started.group(1).split() if started else []
        words = io.command_line(int(self.service.get("MainPID") or 0)) or words
        flags = docker.command_line_flags(words) if words else []
        # where the unit only names a variable, as Debian's does
        for path in ("/etc/default/docker", "/etc/sysconfig/docker"):
            match = re.search(r"(?m)^[^#\n]*[\s\"'=](?:--data-root|--graph|-g)[= ]+[\"']?([^\s\"']+)", self._text(path))
            flags = ["--data-root=" + match.group(1)] + flags if match else flags
        daemon = docker.flag_value(flags, ("config-file",)) or "/etc/docker/daemon.json"
        keys = docker.parse_daemon_json(self._text(daemon))["keys"]
        return docker.file_facts(keys, flags)["data_root"].rstrip("/") or "/"

    def _directory(self, root: str, kubelet_args: "Dict[str, Any]") -> "Dict[str, Any]":
        real = os.path.realpath(self.node.path(root))
        mounts, is_mount = mounts_at(root, self.mounts)
        info = os.stat(real) if os.path.isdir(real) else None
        return {
            "root": root,
            "real": root if real == os.path.normpath(os.path.realpath(self.node.root) + "/" + root) else real,
            "exists": os.path.lexists(self.node.path(root)),
            "entries": sorted(os.listdir(real)) if info else [],
            "is_mount": is_mount,
            "device": "%d:%d" % (os.major(info.st_dev), os.minor(info.st_dev)) if info else None,
            "mounts": mounts,
            "users": self._users_of(root, kubelet_args),
            "begun": self.notes.get("deleting") == root,
        }

    def _users_of(self, root: str, kubelet_args: "Dict[str, Any]") -> "List[str]":
        """Who else uses a directory, as sentences: mounts of layers in it, and programs that keep their data there."""
        users = [
            "the mount %s" % mount["mount"]
            for mount in self.mounts
            if not is_within(mount["mount"], root) and re.search("[=:]%s/" % re.escape(root), mount["options"])
        ]
        places = re.findall(r"(?m)^\s*root\s*=\s*[\"']([^\"']+)", self._text(CONFIG))
        places.append(node_facts.last(kubelet_args, "root-dir"))
        return users + [
            "%s, which another program keeps its data in" % place for place in places if is_within(place, root)
        ]

    def _text(self, path: str) -> str:
        return io.read_text(self.node.path(path), 1 << 22) or ""
