# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubelet is installed, runs in a unit of its own, and is one whose flags are known. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import dotted
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Finding, Findings

WHEN = FRESH


def judge(node: str, info: Facts) -> Findings:
    """kubelet is installed, runs in a unit of its own, and is one whose flags are known."""
    kubelet = info.get("kubelet", {})
    if not kubelet.get("installed"):
        yield finding(
            BLOCKER,
            "CRI-PF-KUBELET",
            node,
            "there is no kubelet on this machine",
            "take it out of the inventory's groups of Kubernetes nodes",
        )
        return
    yield from _judge_version(node, kubelet.get("version"))
    if kubelet.get("outside_units"):
        # Its flags come from no file that could be read, so that each of them would be an oddity.
        yield _without_unit(node, kubelet["outside_units"])
        return
    if not kubelet.get("running"):
        yield finding(
            BLOCKER,
            "CRI-PF-KUBELET-DOWN",
            node,
            "kubelet (%s) is not running" % kubelet.get("unit", "kubelet.service"),
            "bring the node up first (systemctl status kubelet; journalctl -u kubelet)",
        )
    for oddity in kubelet.get("oddities") or []:
        yield finding(
            WARNING,
            "CRI-PF-KUBELET-ODDITY",
            node,
            "kubelet's configuration: %s" % oddity,
            "check whether this is intended; it stays as it is",
        )


def _judge_version(node: str, text: str | None) -> Findings:
    seen, oldest, newest = version(text), kubelet_releases.oldest(), kubelet_releases.newest()
    if seen is None or seen[:2] < oldest:
        yield finding(
            BLOCKER,
            "CRI-PF-KUBELET-VERSION",
            node,
            "kubelet is %s; %s is the oldest whose flags this collection knows" % (text, dotted(oldest)),
            "upgrade Kubernetes to %s or later (up to %s on Docker) first"
            % (dotted(oldest), dotted(kubelet_releases.last(lambda release: release.has_dockershim))),
            seen=text,
            wanted=dotted(oldest),
        )
    elif seen[:2] > newest:
        yield finding(
            WARNING,
            "CRI-PF-KUBELET-VERSION",
            node,
            "kubelet is %s, newer than %s, the last that this collection knows" % (text, dotted(newest)),
            "check whether there is a newer cri.switchover",
            seen=text,
            wanted=dotted(newest),
        )


def _without_unit(node: str, cgroup: str) -> Finding:
    """A switch stops and starts kubelet's unit, and writes the files from which that takes its flags."""
    return finding(
        BLOCKER,
        "CRI-PF-KUBELET-NO-UNIT",
        node,
        "kubelet has no unit: its process belongs to no service of systemd, but to %s" % cgroup,
        "start kubelet from a unit of systemd, not in a container. For that, move a cluster of RKE1 to RKE2 or kubeadm."
        " Or exclude the node (switchover_skip: true)",
        seen=cgroup,
    )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info)
