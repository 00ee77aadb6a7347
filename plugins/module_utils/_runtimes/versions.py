# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the node's parts fit together: OS, kernel, kubelet, containerd, cgroups. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version

# Kubernetes' release -> the oldest patch of each line of containerd that containerd's RELEASES.md recommends for it.
RECOMMENDED = {
    (1, 32): ((1, 6, 36), (1, 7, 24), (2, 0, 1), (2, 1, 0)),
    (1, 33): ((1, 6, 36), (1, 7, 24), (2, 0, 4), (2, 1, 0)),
    (1, 34): ((1, 6, 39), (1, 7, 28), (2, 0, 6), (2, 1, 3)),
    (1, 35): ((1, 7, 28), (2, 1, 5), (2, 2, 0)),
    (1, 36): ((2, 2, 0), (2, 3, 0)),
}
# The kubelets whose flags and files kubelet_runtime knows.
KUBELET_OLDEST, KUBELET_NEWEST = (1, 20), (1, 37)


def containerd_package(info):
    """The package of containerd here: Docker's own family brings containerd.io, the distributions have containerd."""
    installed = dig(info, "packages.installed", {})
    candidates = dig(info, "packages.candidates", {})
    family = dig(info, "docker.family")
    for name in ("containerd.io", "containerd"):
        if name in installed:
            return name
    if family in ("docker-ce", "docker.io"):
        return "containerd.io" if family == "docker-ce" else "containerd"
    if candidates.get("containerd"):
        return "containerd"
    return "containerd.io" if candidates.get("containerd.io") else "containerd"


def containerd_version(info):
    """(text, installed): the version that will serve the node, installed or the packages' candidate."""
    if dig(info, "containerd.installed"):
        return dig(info, "containerd.version"), True
    return dig(info, "packages.candidates", {}).get(containerd_package(info)), False


def judge_os(node, info):
    """The operating system under it all."""
    os_ = info.get("os", {})
    name = os_.get("pretty_name") or os_.get("id") or "unknown"
    if os_.get("family") not in ("debian", "redhat", "suse"):
        yield finding(
            BLOCKER,
            "OS",
            node,
            "the operating system is %s; Debian, Red Hat and SUSE families are supported" % name,
            "leave this node out (switchover_skip: true)",
            seen=name,
            wanted=["debian", "redhat", "suse"],
        )
    systemd = os_.get("systemd")
    if not isinstance(systemd, int) or systemd < 236:
        yield finding(
            BLOCKER,
            "SYSTEMD",
            node,
            "systemd is %s; the cutover runs as a transient unit and needs 236" % systemd,
            "move this node to a newer release of its system first",
            seen=systemd,
            wanted=236,
        )
    kernel = version(os_.get("kernel"))
    unified = dig(info, "cgroup.version") == 2
    if kernel is None or kernel < (4, 11):
        yield finding(
            BLOCKER,
            "KERNEL",
            node,
            "the kernel is %s; containerd is supported here from 4.11 on" % os_.get("kernel"),
            "move this node to a newer kernel first",
            seen=os_.get("kernel"),
            wanted="4.11",
        )
    elif unified and kernel < (5, 2):
        yield finding(
            BLOCKER,
            "KERNEL",
            node,
            "cgroup v2 on kernel %s; runc needs 5.2 for it" % os_.get("kernel"),
            "move to a newer kernel, or back to cgroup v1, first",
            seen=os_.get("kernel"),
            wanted="5.2",
        )
    elif unified and kernel < (5, 8):
        yield finding(
            WARNING,
            "KERNEL",
            node,
            "cgroup v2 on kernel %s; Kubernetes asks for 5.8" % os_.get("kernel"),
            "plan for a newer kernel",
            seen=os_.get("kernel"),
            wanted="5.8",
        )


def judge_kubelet(node, info):
    """kubelet is there, runs, and is one whose flags are known."""
    kubelet = info.get("kubelet", {})
    if not kubelet.get("installed"):
        yield finding(
            BLOCKER,
            "KUBELET",
            node,
            "there is no kubelet on this machine",
            "take it out of the inventory's groups of Kubernetes nodes",
        )
        return
    seen = version(kubelet.get("version"))
    if seen is None or seen[:2] < KUBELET_OLDEST:
        yield finding(
            BLOCKER,
            "KUBELET-VERSION",
            node,
            "kubelet is %s; 1.20 is the oldest whose flags this collection knows" % kubelet.get("version"),
            "upgrade Kubernetes to 1.20 or later (up to 1.23 on Docker) first",
            seen=kubelet.get("version"),
            wanted="1.20",
        )
    elif seen[:2] > KUBELET_NEWEST:
        yield finding(
            WARNING,
            "KUBELET-VERSION",
            node,
            "kubelet is %s, newer than 1.37, the last that this collection knows" % kubelet.get("version"),
            "look for a newer cri.switchover",
            seen=kubelet.get("version"),
            wanted="1.37",
        )
    if not kubelet.get("running"):
        yield finding(
            BLOCKER,
            "KUBELET-DOWN",
            node,
            "kubelet (%s) is not running" % kubelet.get("unit", "kubelet.service"),
            "bring the node up first (systemctl status kubelet; journalctl -u kubelet)",
        )
    for oddity in kubelet.get("oddities") or []:
        yield finding(
            WARNING,
            "KUBELET-ODDITY",
            node,
            "kubelet's configuration: %s" % oddity,
            "look whether kubelet means it; it is carried over as it stands",
        )


def judge_pair(node, info, target):
    """kubelet and the version of the target that will serve it."""
    kubelet = version(dig(info, "kubelet.version"))
    if kubelet is None:
        return
    text = dig(info, "kubelet.version")
    if target != "containerd":
        return
    seen_text, installed = containerd_version(info)
    seen = version(seen_text)
    origin = "installed" if installed else "the packages' candidate"
    details = {"kubelet": text, "containerd": seen_text, "installed": installed}
    if seen is None:
        if installed:
            yield finding(
                BLOCKER,
                "VERSIONS",
                node,
                "the version of the installed containerd could not be read (seen: %r)" % seen_text,
                "look at `containerd --version` on the node",
                **details,
            )
        return
    if seen < (1, 6):
        yield finding(
            BLOCKER,
            "VERSIONS",
            node,
            "containerd is %s (%s); 1.6 is the oldest that is configured here" % (seen_text, origin),
            "upgrade it with Docker, node by node, before this run",
            **details,
        )
    elif kubelet < (1, 23) and seen >= (2, 0):
        yield finding(
            BLOCKER,
            "VERSIONS",
            node,
            "kubelet %s asks for CRI v1alpha2, which containerd %s (%s) no longer speaks" % (text, seen_text, origin),
            "use containerd 1.6 or 1.7, or upgrade kubelet to 1.23 first",
            **details,
        )
    elif kubelet >= (1, 26) and seen < (1, 6, 15):
        yield finding(
            BLOCKER,
            "VERSIONS",
            node,
            "kubelet %s asks for CRI v1, which containerd speaks well from 1.6.15 on; this is %s (%s)"
            % (text, seen_text, origin),
            "upgrade containerd to 1.6.15 or later before this run",
            **details,
        )
    elif below_recommended(kubelet, seen):
        floors = below_recommended(kubelet, seen)
        yield finding(
            WARNING,
            "VERSIONS",
            node,
            "kubelet %s is recommended with containerd from %s on; this is %s (%s)"
            % (text, " or ".join(".".join(str(part) for part in floor) for floor in floors), seen_text, origin),
            "plan for one of them; distributions may have its mendings under a lower number",
            **details,
        )
    active = dig(info, "cni.active")
    unversioned = [
        f["name"] for f in dig(info, "cni.files", []) if f.get("name") == active and not f.get("cni_version")
    ]
    if unversioned and (1, 6, 0) <= seen <= (1, 6, 3):
        yield finding(
            BLOCKER,
            "CNI-VERSION",
            node,
            "%s has no cniVersion, and containerd %s cannot take such a network down again"
            % (unversioned[0], seen_text),
            "give the file a cniVersion, or upgrade containerd to 1.6.4",
            **details,
        )


def below_recommended(kubelet, seen):
    """The versions that would do, where the one of containerd is below them all, or below that of its own line."""
    release = min(kubelet[:2], max(RECOMMENDED))
    floors = RECOMMENDED.get(release, ())
    own = [floor for floor in floors if floor[:2] == seen[:2]]
    if any(seen >= floor for floor in own) or (floors and not own and seen[:2] > floors[0][:2]):
        return ()
    return floors


def judge_cgroups(node, info):
    """kubelet's and the runtime's cgroup drivers. containerd is rendered with kubelet's, so kubelet's must be sane."""
    kubelet, docker = dig(info, "kubelet.cgroup_driver"), dig(info, "docker.cgroup_driver")
    if kubelet not in ("systemd", "cgroupfs"):
        yield finding(
            BLOCKER,
            "CGROUP-DRIVER",
            node,
            "kubelet's cgroup driver could not be told (seen: %r)" % kubelet,
            "set cgroupDriver in kubelet's configuration",
            kubelet=kubelet,
            docker=docker,
        )
        return
    if docker and docker != kubelet and dig(info, "runtime.in_use") == "docker":
        yield finding(
            BLOCKER,
            "CGROUP-DRIVER",
            node,
            "the cgroup drivers disagree: kubelet %s, Docker %s" % (kubelet, docker),
            "make both the same on a drained node, with a restart, before this run",
            kubelet=kubelet,
            docker=docker,
        )
    if kubelet == "cgroupfs" and dig(info, "cgroup.version") == 2:
        yield finding(
            WARNING,
            "CGROUP-DRIVER",
            node,
            "kubelet uses the cgroupfs driver on cgroup v2; Kubernetes asks for systemd",
            "containerd is set up to match kubelet; change the driver in a window of its own",
            kubelet=kubelet,
            docker=docker,
        )
    if dig(info, "cgroup.hybrid"):
        yield finding(
            NOTE,
            "CGROUP-HYBRID",
            node,
            "cgroups are in hybrid mode; kubelet and containerd treat it as v1",
            "nothing to do",
        )
