# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a node: the kubelet that runs, its runtime, and whether both work.

Private to this collection: there is no promise that it stays as it is.
"""

import os
import re

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.units import NEEDS
from ansible_collections.cri.switchover.plugins.module_utils._engine import guards, kubelet
from ansible_collections.cri.switchover.plugins.module_utils._engine.cri import Cri, judge_info
from ansible_collections.cri.switchover.plugins.module_utils._facts import io, processes, yaml_subset
from ansible_collections.cri.switchover.plugins.module_utils._facts import kubelet as kubelet_facts
from ansible_collections.cri.switchover.plugins.module_utils._facts.runtime_in_use import runtime_in_use
from ansible_collections.cri.switchover.plugins.module_utils._facts.systemd import parse_show
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_text
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.effective_flags import effective_flags
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.units import Units
    from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node

PROPERTIES = "Id,LoadState,ActiveState,UnitFileState,MainPID,ExecStart," + ",".join(NEEDS)


def show_units(node: "Node", names: "Sequence[str]") -> "Units":
    """{unit: {property: value}} of these units, as systemd sees them now."""
    _rc, out, _err = node.run(["systemctl", "show", "--no-pager", "-p", PROPERTIES] + list(names))
    return parse_show(out, names)


class KubeletReader:
    """``plan``: of the node's switch, or {} where none is on record; ``wait``: seconds until the runtime is ready."""

    def __init__(self, node: "Node", plan: "Dict[str, Any]", wait: int) -> None:
        self.node, self.plan, self.wait = node, plan, wait
        self.unit = (plan.get("kubelet") or {}).get("unit") or "kubelet.service"
        self.crictl: "Optional[str]" = None
        self.endpoint: "Optional[str]" = None
        self.healthz_port = 10248

    def runtime(self, process: int) -> "Tuple[Dict[str, Any], Dict[str, Any]]":
        """({in_use, evidence, endpoint}, arguments) of the kubelet with this process id, 0: none runs."""
        words = processes.command_line(process)
        if not words:
            return {"in_use": "unknown", "evidence": "no kubelet runs", "endpoint": None}, {}
        args = kubelet_facts.arguments(effective_flags([], {}, words)["flags"])
        path = kubelet_facts.last(args, "config")
        text = (io.read_text(self.node.path(path), 1 << 22) or "") if path else ""
        port = kubelet_facts.last(args, "healthz-port") or "".join(re.findall(r"(?m)^healthzPort:\s*(\d+)", text)[:1])
        self.healthz_port = int(port or 10248)
        try:
            config = kubelet_facts.kubelet_config([text])
        except yaml_subset.YamlError:
            config = None
        program = ["/proc/%d/exe" % process] + (["kubelet"] if words[0].endswith("hyperkube") else [])
        version = version_text(self.node.run(program + ["--version"], timeout=60)[1])
        found = runtime_in_use(version, args, config, os.path.realpath, processes.listener, registry.RUNTIMES)
        self.endpoint = found.get("endpoint")
        self.crictl = self.plan.get("crictl") or io.which("crictl")
        return found, args

    def unhealthy(self) -> "List[str]":
        """What does not work of kubelet and runtime, as sentences. Read runtime() before."""
        unit = show_units(self.node, [self.unit]).get(self.unit, {})
        found = []
        if unit.get("ActiveState") != "active":
            found.append("%s is %s" % (self.unit, unit.get("ActiveState")))
        status = kubelet.healthz(self.healthz_port)
        # the port may be switched off
        if status not in (200, None):
            found.append("kubelet's healthz answers %s" % status)
        if not self.endpoint or not self.crictl:
            return found + ["no crictl, or no endpoint to ask"]
        _info, unmet = Cri(self.node, self.crictl, self.endpoint).info_until(
            self.wait, lambda info: judge_info(info, network=True)
        )
        return found + [item["message"] for item in unmet]

    def processes(self, runtime: str) -> "Dict[str, Any]":
        """The processes that a removal must not end, as plan.disturbed() compares them. ``runtime``: in use."""
        to = self.plan.get("to") or {}
        unit = to.get("service") or registry.BY_NAME[runtime].unit
        shims = to.get("shims") or registry.BY_NAME[runtime].shims
        units = show_units(self.node, [unit, self.unit])
        return {
            "runtime_unit": unit,
            "kubelet_unit": self.unit,
            "runtime": units.get(unit, {}).get("MainPID"),
            "kubelet": units.get(self.unit, {}).get("MainPID"),
            "shims": guards.container_shims(self.node, list(shims)),
        }
