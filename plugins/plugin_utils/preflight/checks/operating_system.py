# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating system, its systemd and its kernel: are they known and new enough. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

WHEN = FRESH

FAMILIES = ["debian", "redhat", "suse"]
# systemd-run(1): --collect, which the engine is started with, was added in version 236.
SYSTEMD = 236


def judge(node: str, info: Facts, target: Runtime) -> Findings:
    """The operating system, its systemd and its kernel."""
    facts = info.get("os", {})
    name = facts.get("pretty_name") or facts.get("id") or "unknown"
    if facts.get("family") not in FAMILIES:
        yield finding(
            BLOCKER,
            "CRI-PF-OS",
            node,
            "the operating system is %s; Debian, Red Hat and SUSE families are supported" % name,
            "leave this node out (switchover_skip: true)",
            seen=name,
            wanted=FAMILIES,
        )
    systemd = facts.get("systemd")
    if not isinstance(systemd, int) or systemd < SYSTEMD:
        yield finding(
            BLOCKER,
            "CRI-PF-SYSTEMD",
            node,
            "systemd is %s; the switch runs as a transient unit and needs %d" % (systemd, SYSTEMD),
            "move this node to a newer release of its system first",
            seen=systemd,
            wanted=SYSTEMD,
        )
    yield from _judge_kernel(node, info, target)


def _judge_kernel(node: str, info: Facts, target: Runtime) -> Findings:
    text = dig(info, "os.kernel")
    kernel, unified = version(text), dig(info, "cgroup.version") == 2
    if kernel is None or kernel < (4, 11):
        yield finding(
            BLOCKER,
            "CRI-PF-KERNEL",
            node,
            "the kernel is %s; %s is supported here from 4.11 on" % (text, target.title),
            "move this node to a newer kernel first",
            seen=text,
            wanted="4.11",
        )
    elif unified and kernel < (5, 2):
        yield finding(
            BLOCKER,
            "CRI-PF-KERNEL",
            node,
            "cgroup v2 on kernel %s; runc needs 5.2 for it" % text,
            "move to a newer kernel, or back to cgroup v1, first",
            seen=text,
            wanted="5.2",
        )
    elif unified and kernel < (5, 8):
        yield finding(
            WARNING,
            "CRI-PF-KERNEL",
            node,
            "cgroup v2 on kernel %s; Kubernetes asks for 5.8" % text,
            "plan for a newer kernel",
            seen=text,
            wanted="5.8",
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.target)
