# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What installing the missing packages would do to a node, and to its Docker. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import listed
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Finding, Findings

WHEN = (ON_SOURCE,)

# Packages that Docker consists of, or that run beneath it, and kubelet.
DOCKERS_OWN = (
    "containerd",
    "containerd.io",
    "runc",
    "docker.io",
    "docker-ce",
    "docker-ce-cli",
    "docker",
    "docker-engine",
    "moby-engine",
    "moby-containerd",
    "moby-runc",
    "cri-dockerd",
    "kubelet",
)


def judge(node: str, info: Facts, target: Runtime) -> Findings:
    """Whether the packages that the target needs can be installed without touching what serves the pods now."""
    packages = info.get("packages", {})
    needed = target.missing_packages(info)
    if not needed:
        return
    manager = packages.get("manager")
    if manager not in ("apt", "dnf"):
        yield finding(
            BLOCKER,
            "CRI-PF-PACKAGE-MANAGER",
            node,
            "%s must be installed, and packages are managed by %s; apt and dnf are supported"
            % (listed(needed), manager),
            "install %s on the node" % listed(needed),
            packages=needed,
        )
        return
    candidates = packages.get("candidates") or {}
    absent = [name for name in needed if not candidates.get(name)]
    if absent:
        yield _absent(node, absent, manager)
    simulation = packages.get("simulation") or {}
    if not absent and simulation.get("ok") is False:
        yield finding(
            BLOCKER,
            "CRI-PF-PACKAGES",
            node,
            "installing %s would fail: %s" % (listed(needed), simulation.get("error")),
            "fix the node's packages first (apt-get check, dnf check)",
            packages=needed,
        )
    yield from _judge_simulation(node, needed, simulation, packages.get("held") or [])


def _absent(node: str, absent: list[str], manager: str) -> Finding:
    return finding(
        BLOCKER,
        "CRI-PF-PACKAGE-MISSING",
        node,
        "%s must be installed, and no package source is known to offer it" % listed(absent),
        "add the source that has it, or refresh it (%s), or install it"
        % ("apt-get update" if manager == "apt" else "dnf makecache"),
        packages=absent,
    )


def _judge_simulation(node: str, needed: list[str], simulation: dict[str, Any], held: list[str]) -> Findings:
    """What else the package manager would change. ``held``: packages on hold."""
    moved = (simulation.get("install") or []) + (simulation.get("upgrade") or [])
    stuck = sorted(set(held) & (set(needed) | set(item["name"] for item in moved)))
    if stuck:
        yield finding(
            BLOCKER,
            "CRI-PF-PACKAGES-HELD",
            node,
            "packages on hold are in the way: %s" % listed(stuck),
            "release them (apt-mark unhold, versionlock delete) for this run",
            packages=stuck,
        )
    upgrades = [item for item in simulation.get("upgrade") or [] if item["name"] in DOCKERS_OWN]
    if upgrades:
        yield finding(
            BLOCKER,
            "CRI-PF-PACKAGES-UPGRADE",
            node,
            "installing %s would upgrade what serves the pods now: %s"
            % (listed(needed), listed("%s %s -> %s" % (u["name"], u.get("from"), u.get("to")) for u in upgrades)),
            "install %s in versions that do not need it, or upgrade on a drained node first" % listed(needed),
            packages=upgrades,
        )
    removed = [item["name"] for item in simulation.get("remove") or []]
    if removed:
        yield finding(
            BLOCKER,
            "CRI-PF-PACKAGES-REMOVE",
            node,
            "installing %s would remove %s" % (listed(needed), listed(removed)),
            "install %s from a source that agrees with Docker's" % listed(needed),
            packages=removed,
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.target)
