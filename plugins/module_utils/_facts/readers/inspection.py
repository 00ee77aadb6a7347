# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One read-only pass over a node: what its readers share.

A reader is a function that fills one part of the facts: `read(node, part)`. Readers do the input; what their texts mean
is parsed in the files of `_facts` itself.
"""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, mounts, processes, systemd
from ansible_collections.cri.switchover.plugins.module_utils._facts.config_management import CONFIG_MANAGEMENT
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import SHIM_SERVICES, SHIM_UNITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.known_runtime import KnownRuntime
    from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import Arguments

    Facts = Dict[str, Any]
    Reader = Callable[["Inspection", Facts], None]

PROCESSES = ("kubelet", "hyperkube", "cri-dockerd")
_UNITS = ("docker.socket",) + SHIM_UNITS
_PROPERTIES = (
    "Id,LoadState,ActiveState,UnitFileState,FragmentPath,DropInPaths,MainPID,ExecStart,Requires,Requisite,Wants,BindsTo,"
    "PartOf,After,RequiredBy,RequisiteOf,BoundBy,Environment,EnvironmentFiles,ExecMainStartTimestampMonotonic"
)


class Inspection:
    """What is known of the node so far, and the commands that still run on it.

    params: the options of the module node_runtime_info.
    runtimes, target: all runtimes that are looked for, and the one that the node is to be switched to.
    info: the facts gathered so far; each part is a dict of its own, in which an error stands when it cannot go on.
    """

    def __init__(self, params: "Mapping[str, Any]", runtimes: "Sequence[KnownRuntime]", target: "KnownRuntime") -> None:
        self.params = params
        self.runtimes, self.target = runtimes, target
        self.processes = PROCESSES + tuple(runtime.process for runtime in runtimes)
        self.timeout: float = params["timeout"]
        self.info: "Facts" = {"schema": 1}
        self.pids: "Dict[str, List[int]]" = {name: [] for name in self.processes}
        self.kubelet_unit = "kubelet.service"
        self.units: "Dict[str, Dict[str, str]]" = {}
        self.args: "Arguments" = {}  # of the kubelet; its reader fills them
        # Where the target runtime looks for the programs of the handlers that were declared, and their paths.
        self.search_path = ""
        self.search_path_source: "Optional[str]" = None
        self.programs: "Dict[str, Optional[str]]" = {}
        self.mounts = mounts.parse_mounts(io.read_text("/proc/self/mounts") or "")
        self._commands: "Dict[str, io.Command]" = {}

    def read(self, reader: "Reader", part: "Facts") -> None:
        """Let a reader fill its part. Whatever is wrong with this node must not hide the rest of it."""
        try:
            reader(self, part)
        except Exception as error:
            text = str(error) if isinstance(error, io.NodeError) else "%s: %s" % (type(error).__name__, error)
            part["error"] = "; ".join(words for words in (part.get("error"), text) if words)

    # --- commands that run side by side

    def begin(self, name: str, argv: "List[str]") -> None:
        """Start a command whose output `result(name)` gives later, if its program exists."""
        if os.path.isabs(argv[0]) or io.which(argv[0]):
            self._commands[name] = io.Command(argv)

    def is_begun(self, name: str) -> bool:
        """Whether there is a result to ask for."""
        return name in self._commands

    def result(self, name: str) -> "Optional[str]":
        """Output of a command that was begun; None when its program does not exist.

        Raises io.NodeError when it failed, io.NodeTimeout when it took too long.
        """
        command = self._commands.pop(name, None)
        if command is None:
            return None
        code, output, errors = command.result(self.timeout)
        if code:
            raise io.NodeError("%s: exit code %d: %s" % (" ".join(command.argv), code, errors.strip()[-200:]))
        return output

    def end(self) -> None:
        """End the commands whose results nobody asked for."""
        for command in self._commands.values():
            io.kill(command.process)

    # --- units and processes

    def begin_units(self) -> None:
        """Find the processes, and by them the kubelet's unit; then ask systemd about all units of interest."""
        self.pids = processes.pids_of(self.processes)
        kubelets = self.pids["kubelet"] + self.pids["hyperkube"]
        units = [unit for unit in (self.service_of(pid) for pid in kubelets) if unit]
        self.kubelet_unit = "kubelet.service" if "kubelet.service" in units or not units else units[0]
        names = self._unit_names() + list(CONFIG_MANAGEMENT)
        self.begin("units", ["systemctl", "show", "--no-pager", "-p", _PROPERTIES] + names)

    def collect_units(self) -> None:
        """Wait for what begin_units() asked."""
        text = self.result("units") or ""  # without systemd
        self.units = systemd.parse_show(text, self._unit_names())

    def _unit_names(self) -> "List[str]":
        return [self.kubelet_unit] + [runtime.unit for runtime in self.runtimes] + list(_UNITS)

    def unit(self, name: "Optional[str]") -> "Dict[str, str]":
        """Properties of a unit; none of one that systemd does not know, or of None."""
        return self.units.get(name or "", {})

    def main_pid(self, unit: "Optional[str]", process: str) -> "Optional[int]":
        """The process of a unit, or one of that name that somebody else started."""
        pid: "Optional[int]" = systemd.unit_facts(self.unit(unit))["pid"]
        if pid in self.pids[process]:
            return pid
        return self.pids[process][0] if self.pids[process] else pid

    def kubelet_pid(self) -> "Optional[int]":
        """The running kubelet, also one that hyperkube runs as."""
        pid = self.main_pid(self.kubelet_unit, "kubelet")
        return pid or next(iter(self.pids["hyperkube"]), None)

    def service_of(self, pid: int) -> "Optional[str]":
        """The service of systemd that a process is in; None for one outside of them, as in a container of Docker.

        Beside cgroup v1, systemd sees a container's processes in the service of the runtime that started it
        ("0::/system.slice/containerd.service"), which is not theirs.
        """
        unit = processes.unit_of(pid)
        return None if unit in [runtime.unit for runtime in self.runtimes] else unit

    def shim_service(self) -> "Optional[str]":
        """The unit in which cri-dockerd runs, or else would; None: it runs outside of all that systemd could stop."""
        if self.pids["cri-dockerd"]:
            return self.service_of(self.pids["cri-dockerd"][0])
        known = [name for name in SHIM_SERVICES if systemd.unit_facts(self.unit(name))["installed"]]
        return known[0] if known else None


def texts_of(paths: "Iterable[Optional[str]]") -> "List[Tuple[str, str]]":
    """[(path, text)] of those files that can be read."""
    texts = [(path, io.read_text(path)) for path in paths if path]
    return [(path, text) for path, text in texts if text is not None]
