# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a node: its packages, and what a removal of Docker's would do to the others.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import packages as docker_packages
from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts import node as node_facts
from ansible_collections.cri.switchover.plugins.module_utils._facts import packages as package_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node

MANAGERS = (("apt", "apt-get"), ("dnf", "dnf"), ("yum", "yum"), ("zypper", "zypper"))
APT = ["apt-get", "--quiet", "-o", "APT::Get::AutomaticRemove=false", "-o", "DPkg::Lock::Timeout=60"]
# without it dnf removes what came as a dependency, which containerd often did
KEEP_REQUIREMENTS = "--setopt=clean_requirements_on_remove=False"


def read_packages(node: "Node") -> "Dict[str, Any]":
    """{manager, installed, leftover, held, auto, dockers, simulation} of a node."""
    manager = next((name for name, program in MANAGERS if io.which(program)), None)
    found: "Dict[str, Any]" = {"manager": manager, "installed": {}, "leftover": [], "held": [], "auto": []}
    found["simulation"] = None
    if manager == "apt":
        text = dpkg_list(node)
        found["installed"], found["leftover"] = docker_packages.parse_dpkg(text)
        found["held"] = package_facts.parse_dpkg(text)[1]
        found["auto"] = node.run(["apt-mark", "showauto"], timeout=120)[1].split()
    elif manager:
        text = node.run(["rpm", "-qa", "--qf", package_facts.RPM_FORMAT], timeout=120)[1]
        found["installed"] = package_facts.parse_rpm(text)
        locks = _text(node, "/etc/dnf/plugins/versionlock.list")
        locks += _text(node, "/etc/yum/pluginconf.d/versionlock.list")
        configuration = _text(node, "/etc/dnf/dnf.conf") + _text(node, "/etc/yum.conf")
        patterns = package_facts.rpm_locks(locks, configuration)
        found["held"] = node_facts.matching(found["installed"], patterns)
        found["auto"] = sorted(found["installed"])
    found["dockers"] = docker_packages.dockers(found["installed"], manager)
    if found["dockers"]:
        found["simulation"] = _simulation(node, found)
    return found


def dpkg_list(node: "Node") -> str:
    """dpkg's list of all packages, in _facts/packages.py's DPKG_FORMAT."""
    return node.run(["dpkg-query", "-W", "-f", package_facts.DPKG_FORMAT], timeout=120)[1]


def _simulation(node: "Node", packages: "Dict[str, Any]") -> "Dict[str, Any]":
    """{ok, error, install, upgrade, remove}, with apt also pending: what a removal of Docker's packages would do."""
    manager, names = packages["manager"], packages["dockers"]
    if manager == "apt":
        # a lock held by somebody else must not stop a simulation
        argv = APT + ["--simulate", "-o", "Debug::NoLocking=1", "remove"] + names
        code, out, err = node.run(argv, timeout=120, check=False)
        return dict(package_facts.apt_plan(code, out, err), pending=docker_packages.pending_of_apt(out))
    if manager in ("dnf", "yum"):
        argv = [manager, "--assumeno", KEEP_REQUIREMENTS, "remove"] + names
        code, out, err = node.run(argv, timeout=120, check=False)
        return package_facts.dnf_plan(code, docker_packages.unwrap(out + err), packages["installed"])
    error = "a removal with %s is not part of this release" % manager
    return {"install": [], "upgrade": [], "remove": [], "ok": False, "error": error}


def _text(node: "Node", path: str) -> str:
    return io.read_text(node.path(path), 1 << 22) or ""
