# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads packages, and simulates an installation with the package manager. Nothing is downloaded or changed."""

import re

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts import packages as parsing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection

_MANAGERS = (("apt", "apt-get"), ("dnf", "dnf"), ("yum", "yum"), ("zypper", "zypper"))


def read(node: "Inspection", packages: "Facts") -> None:
    """Fill the part `packages`, and the version of systemd in `os`."""
    packages.update(
        manager=None,
        installed={},
        candidates={},
        held=[],
        simulation={"ok": False, "error": "no known package manager", "install": [], "upgrade": [], "remove": []},
    )
    packages["manager"] = manager = next((name for name, program in _MANAGERS if io.which(program)), None)
    text = node.result("packages") or ""
    own = node.target.packages + node.target.offered
    if manager == "apt":
        packages["installed"], packages["held"] = parsing.parse_dpkg(text, own)
    else:
        packages["installed"] = parsing.parse_rpm(text, own)
        packages["held"] = _rpm_locks(manager)
    systemd = re.match(r"(?:\d+:)?(\d+)", packages["installed"].pop("systemd", ""))
    node.info["os"]["systemd"] = int(systemd.group(1)) if systemd else None
    # Ansible's package modules leave alone what is installed, unless a version is asked for
    asked = list(node.params["packages"]) + list(node.target.packages)
    wanted = [name for name in asked if name not in packages["installed"]]
    if manager == "apt":
        _simulate_apt(node, packages, asked, wanted)
    elif manager in ("dnf", "yum") and wanted:
        _simulate_dnf(node, packages, wanted)
    elif manager and not wanted:
        packages["simulation"].update(ok=True, error="")
    elif manager:
        packages["simulation"]["error"] = "installations are not simulated for %s" % manager


def _simulate_dnf(node: "Inspection", packages: "Facts", wanted: "List[str]") -> None:
    code, output, errors = io.run([packages["manager"], "-C", "--assumeno", "install"] + wanted, node.timeout)
    packages["simulation"] = parsing.dnf_plan(code, output + errors, packages["installed"])
    packages["candidates"] = {
        item["name"]: item["to"] for item in packages["simulation"]["install"] if item["name"] in wanted
    }


def _simulate_apt(node: "Inspection", packages: "Facts", asked: "List[str]", wanted: "List[str]") -> None:
    names = sorted({name.split("=")[0] for name in asked} | set(node.target.offered))
    policy = io.Command(["apt-cache", "policy"] + names) if names else None
    if wanted:
        packages["simulation"] = _apt_plan(wanted, node.timeout)
    else:
        packages["simulation"].update(ok=True, error="")
    if policy:
        found: "Dict[str, Optional[str]]" = parsing.parse_policy(policy.result(node.timeout)[1])
        packages["candidates"] = {name: found.get(name) for name in names}
    offered = [name for name in wanted if packages["candidates"].get(name.split("=")[0])]
    if offered != wanted and offered:
        # One that no source has fails them all, and is reported by its missing candidate.
        packages["simulation"] = _apt_plan(offered, node.timeout)


def _apt_plan(names: "List[str]", timeout: float) -> "Facts":
    # a lock that another process holds must not stop a simulation
    argv = ["apt-get", "--simulate", "-o", "Debug::NoLocking=1", "--quiet", "install"] + names
    return parsing.apt_plan(*io.run(argv, timeout))


def _rpm_locks(manager: "Optional[str]") -> "List[str]":
    if manager == "zypper":
        return parsing.zypper_locks(_joined(["/etc/zypp/locks"]))
    return parsing.rpm_locks(
        _joined(["/etc/dnf/plugins/versionlock.list", "/etc/yum/pluginconf.d/versionlock.list"]),
        _joined(["/etc/dnf/dnf.conf", "/etc/yum.conf"]),
    )


def _joined(paths: "List[str]") -> str:
    return "\n".join(io.read_text(path) or "" for path in paths)
