# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the node's parts fit together: OS, kernel, kubelet, containerd, cgroup drivers. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import containerd_version, dotted

Facts = dict[str, Any]
Finding = dict[str, Any]

FAMILIES = ["debian", "redhat", "suse"]
# systemd-run(1): --collect, which the engine is started with, was added in version 236.
SYSTEMD = 236
# Kubernetes' release -> the oldest patch of each line of containerd that containerd's RELEASES.md recommends for it.
RECOMMENDED: dict[tuple[int, ...], tuple[tuple[int, ...], ...]] = {
    (1, 32): ((1, 6, 36), (1, 7, 24), (2, 0, 1), (2, 1, 0)),
    (1, 33): ((1, 6, 36), (1, 7, 24), (2, 0, 4), (2, 1, 0)),
    (1, 34): ((1, 6, 39), (1, 7, 28), (2, 0, 6), (2, 1, 3)),
    (1, 35): ((1, 7, 28), (2, 1, 5), (2, 2, 0)),
    (1, 36): ((2, 2, 0), (2, 3, 0)),
}
# The kubelets whose flags and files kubelet_runtime knows.
KUBELET_OLDEST, KUBELET_NEWEST = (1, 20), (1, 37)


def judge_os(node: str, info: Facts) -> Iterator[Finding]:
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
    yield from _judge_kernel(node, info)


def _judge_kernel(node: str, info: Facts) -> Iterator[Finding]:
    text = dig(info, "os.kernel")
    kernel, unified = version(text), dig(info, "cgroup.version") == 2
    if kernel is None or kernel < (4, 11):
        yield finding(
            BLOCKER,
            "CRI-PF-KERNEL",
            node,
            "the kernel is %s; containerd is supported here from 4.11 on" % text,
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


def judge_kubelet(node: str, info: Facts) -> Iterator[Finding]:
    """kubelet is installed, runs, and is one whose flags are known."""
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
    yield from _judge_kubelet_version(node, kubelet.get("version"))
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


def _judge_kubelet_version(node: str, text: str | None) -> Iterator[Finding]:
    seen = version(text)
    if seen is None or seen[:2] < KUBELET_OLDEST:
        yield finding(
            BLOCKER,
            "CRI-PF-KUBELET-VERSION",
            node,
            "kubelet is %s; 1.20 is the oldest whose flags this collection knows" % text,
            "upgrade Kubernetes to 1.20 or later (up to 1.23 on Docker) first",
            seen=text,
            wanted="1.20",
        )
    elif seen[:2] > KUBELET_NEWEST:
        yield finding(
            WARNING,
            "CRI-PF-KUBELET-VERSION",
            node,
            "kubelet is %s, newer than 1.37, the last that this collection knows" % text,
            "check whether there is a newer cri.switchover",
            seen=text,
            wanted="1.37",
        )


def judge_pair(node: str, info: Facts, target: str) -> Iterator[Finding]:
    """kubelet and the version of containerd that will serve it; CRI-O's is judged in checks/crio.py."""
    kubelet = version(dig(info, "kubelet.version"))
    if kubelet is None or target != "containerd":
        return
    text, installed = containerd_version(info)
    seen = version(text)
    details = {"kubelet": dig(info, "kubelet.version"), "containerd": text, "installed": installed}
    if seen is not None:
        yield from _judge_releases(node, kubelet, seen, details)
        yield from _judge_cni_version(node, info, seen, details)
    elif installed:
        yield finding(
            BLOCKER,
            "CRI-PF-VERSIONS",
            node,
            "the version of the installed containerd could not be read (seen: %r)" % text,
            "run `containerd --version` on the node to see why",
            **details,
        )


def _judge_releases(
    node: str, kubelet: tuple[int, ...], seen: tuple[int, ...], details: dict[str, Any]
) -> Iterator[Finding]:
    origin = "installed" if details["installed"] else "the packages' candidate"
    named = (details["kubelet"], details["containerd"], origin)
    if seen < (1, 6):
        yield finding(
            BLOCKER,
            "CRI-PF-VERSIONS",
            node,
            "containerd is %s (%s); 1.6 is the oldest that is configured here" % named[1:],
            "upgrade it with Docker, node by node, before this run",
            **details,
        )
    elif kubelet < (1, 23) and seen >= (2, 0):
        yield finding(
            BLOCKER,
            "CRI-PF-VERSIONS",
            node,
            "kubelet %s asks for CRI v1alpha2, which containerd %s (%s) no longer speaks" % named,
            "use containerd 1.6 or 1.7, or upgrade kubelet to 1.23 first",
            **details,
        )
    elif kubelet >= (1, 26) and seen < (1, 6, 15):
        yield finding(
            BLOCKER,
            "CRI-PF-VERSIONS",
            node,
            "kubelet %s asks for CRI v1, which containerd speaks well from 1.6.15 on; this is %s (%s)" % named,
            "upgrade containerd to 1.6.15 or later before this run",
            **details,
        )
    elif below_recommended(kubelet, seen):
        minimums = " or ".join(dotted(minimum) for minimum in below_recommended(kubelet, seen))
        yield finding(
            WARNING,
            "CRI-PF-VERSIONS",
            node,
            "kubelet %s is recommended with containerd from %s on; this is %s (%s)"
            % (named[0], minimums, named[1], origin),
            "plan for one of them; distributions may have its fixes under a lower number",
            **details,
        )


def below_recommended(kubelet: tuple[int, ...], seen: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The recommended versions where containerd's is below them all, or below that of its own line; else empty."""
    release = min(kubelet[:2], max(RECOMMENDED))
    minimums = RECOMMENDED.get(release, ())
    own = [minimum for minimum in minimums if minimum[:2] == seen[:2]]
    if any(seen >= minimum for minimum in own) or (minimums and not own and seen[:2] > minimums[0][:2]):
        return ()
    return minimums


def _judge_cni_version(node: str, info: Facts, seen: tuple[int, ...], details: dict[str, Any]) -> Iterator[Finding]:
    """containerd 1.6.0 to 1.6.3 cannot remove a network whose file has no cniVersion (fixed in 1.6.4)."""
    active = dig(info, "cni.active")
    unversioned = [
        file["name"]
        for file in dig(info, "cni.files", [])
        if file.get("name") == active and not file.get("cni_version")
    ]
    if unversioned and (1, 6, 0) <= seen <= (1, 6, 3):
        yield finding(
            BLOCKER,
            "CRI-PF-CNI-VERSION",
            node,
            "%s has no cniVersion, and containerd %s cannot remove such a network again"
            % (unversioned[0], details["containerd"]),
            "give the file a cniVersion, or upgrade containerd to 1.6.4",
            **details,
        )


def judge_cgroups(node: str, info: Facts) -> Iterator[Finding]:
    """The cgroup drivers of kubelet and Docker. The target is given kubelet's, so that one must be known and right."""
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
    if docker and docker != kubelet and dig(info, "runtime.in_use") == "docker":
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
            "containerd is set up to match kubelet; change the driver in a window of its own",
            kubelet=kubelet,
            docker=docker,
        )
    if dig(info, "cgroup.hybrid"):
        yield finding(
            NOTE,
            "CRI-PF-CGROUP-HYBRID",
            node,
            "cgroups are in hybrid mode; kubelet and containerd treat it as v1",
            "nothing to do",
        )
