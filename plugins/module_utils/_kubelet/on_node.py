# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the kubelet of this node: what its unit says, the files it names, and what its program answers."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, processes
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import parse_flags
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_line import Command, expand
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.effective_flags import split_cmdline
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.endpoints import effective_endpoint, uses_docker
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.errors import PlanError
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import Layout, config_paths
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_files import environment_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import Release

_INSTANCE_CONFIG = "/var/lib/kubelet/instance-config.yaml"
_UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
_PROPERTIES = ("LoadState", "FragmentPath", "DropInPaths", "MainPID")


class KubeletOnNode:
    """The kubelet of this node.

    params: the module's options; `unit`, `binary` and `timeout` (in seconds) are read.
    pid and command are known after layout(). Methods raise PlanError for what is not as it should be, and io.NodeError
    for a command that fails.
    """

    def __init__(self, params: "Mapping[str, Any]") -> None:
        self.unit: str = params["unit"]
        self.pid = 0
        self.command = Command()
        self._binary: "Optional[str]" = params["binary"]
        self._timeout: float = params["timeout"]

    def answers(self, binary: str) -> "Tuple[str, str]":
        """(version, help); both at once, for a Go program is slow to start on a small machine."""
        commands = [io.Command([binary, option]) for option in ("--version", "--help")]
        version = self._output(commands[0])
        # A kubelet that prints no help is no reason to stop: there are tables.
        _code, help_text, _errors = commands[1].result(self._timeout)
        return version.strip().rsplit(" ", 1)[-1].lstrip("v"), help_text

    def run(self, argv: "List[str]") -> str:
        """Output of a command."""
        return self._output(io.Command(argv))

    def _output(self, command: io.Command) -> str:
        code, output, errors = command.result(self._timeout)
        if code:
            raise io.NodeError(
                "{0} ended with {1}: {2}".format(" ".join(command.argv), code, (errors or output).strip()[-500:])
            )
        return output

    def layout(self) -> Layout:
        """The files that the unit and its arguments name."""
        state = self._state()
        self.pid = int(state.get("MainPID") or 0)
        units = [(path, _read(path)) for path in [state["FragmentPath"]] + state["DropInPaths"].split()]
        files = {path: _read(path) for path, _optional in environment_files(units) if os.path.isfile(path)}
        self.command = expand(units, files)
        main, folder = config_paths(self.command.flags())
        configs = [(path, _read(path)) for path in ([main] if main else []) + _drop_ins(folder)]
        instance = _read(_INSTANCE_CONFIG) if os.path.exists(_INSTANCE_CONFIG) else None
        return Layout(self.unit, units, files, configs, (_INSTANCE_CONFIG, instance), self._links())

    def _state(self) -> "Dict[str, str]":
        """Properties of the unit, which must have a file."""
        shown = self.run(["systemctl", "show", "--no-pager", "-p", ",".join(_PROPERTIES), self.unit])
        state = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        if state.get("LoadState") != "loaded" or not state.get("FragmentPath"):
            raise PlanError(
                "CRI-KUBELET-ABSENT",
                "systemd has no unit {0} with a file (its state: {1}). Name the kubelet's unit in `unit`.".format(
                    self.unit, state.get("LoadState")
                ),
                unit=self.unit,
                load_state=state.get("LoadState"),
            )
        return state

    def _links(self) -> "List[str]":
        """Links by which other units are dependencies of the kubelet's."""
        found = []
        for folder in _UNIT_FOLDERS:
            for kind in ("wants", "requires", "upholds"):
                place = "{0}/{1}.{2}".format(folder, self.unit, kind)
                if os.path.isdir(place):
                    found += [os.path.join(place, name) for name in sorted(os.listdir(place))]
        return found

    def binary(self) -> str:
        """The kubelet's program: the one that the option names, or else the one that the unit starts."""
        path = self._binary or self.command.binary
        path = path and (path if "/" in path else io.which(path))
        if not path or not os.access(path, os.X_OK):
            raise PlanError(
                "CRI-KUBELET-ABSENT",
                "no kubelet program: {0}. Name it in the option `binary`.".format(
                    path or "; ".join(self.command.oddities) or "the unit starts none"
                ),
                binary=path,
                oddities=self.command.oddities,
            )
        return path

    def refuse_on_docker(self, layout: Layout, release: "Release") -> None:
        """Raise PlanError if the running kubelet uses Docker; its files may have changed since its start."""
        cmdline = processes.command_line(self.pid)
        if not cmdline:
            return
        _binary, words = split_cmdline(cmdline)
        endpoint = effective_endpoint(parse_flags(words), layout.configs, release)
        if uses_docker(endpoint):
            raise PlanError(
                "CRI-KUBELET-DOCKER-IN-USE",
                "the running kubelet uses Docker ({0}): its files are written by a switch only. Use "
                "cri.switchover.cutover, or stop the kubelet first if the node is empty.".format(
                    endpoint or "dockershim"
                ),
                endpoint=endpoint,
                pid=self.pid,
            )


def _read(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            # Bytes that are no UTF-8 survive: they are written again as they were.
            return stream.read().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise PlanError("CRI-KUBELET-FILE", "{0} cannot be read: {1}".format(path, error.strerror), path=path) from None


def _drop_ins(folder: "Optional[str]") -> "List[str]":
    """The configuration drop-ins in the order in which the kubelet merges them."""
    found = []
    for place, folders, names in os.walk(folder) if folder else ():
        folders.sort()
        found += [os.path.join(place, name) for name in names if name.endswith(".conf")]
    return sorted(found)
