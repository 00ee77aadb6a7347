# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cgroup drivers of kubelet and Docker. The target is given kubelet's, so that one must be known. Pure.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

WHEN = (ON_SOURCE,)


def judge(node: str, info: Facts, target: Runtime) -> Findings:
    """``target``: what kubelet is to be served by."""
    kubelet, docker = dig(info, "kubelet.cgroup_driver"), dig(info, "docker.cgroup_driver")
    if kubelet not in ("systemd", "cgroupfs"):
        yield finding(
            BLOCKER,
            "CRI-PF-CGROUP-DRIVER",
            node,
            "kubelet's cgroup driver is not known (seen: %r)" % kubelet,
            "set cgroupDriver in kubelet's configuration",
            kubelet=kubelet,
            docker=docker,
        )
        return
    if docker and docker != kubelet and registry.is_source(dig(info, "runtime.in_use")):
        yield finding(
            BLOCKER,
            "CRI-PF-CGROUP-DRIVER",
            node,
            "the cgroup drivers disagree: kubelet %s, Docker %s" % (kubelet, docker),
            "make both the same on a drained node, with a restart, before this run",
            kubelet=kubelet,
            docker=docker,
        )
    if kubelet == "cgroupfs" and dig(info, "cgroup.version") == 2:
        yield finding(
            WARNING,
            "CRI-PF-CGROUP-DRIVER",
            node,
            "kubelet uses the cgroupfs driver on cgroup v2; Kubernetes asks for systemd",
            "%s is set up to match kubelet; change the driver in a window of its own" % target.title,
            kubelet=kubelet,
            docker=docker,
        )
    if dig(info, "cgroup.hybrid"):
        yield finding(
            NOTE,
            "CRI-PF-CGROUP-HYBRID",
            node,
            "cgroups are in hybrid mode; kubelet and %s treat it as v1" % target.title,
            "nothing to do",
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.target)
