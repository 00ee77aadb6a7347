# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against containerd as a node's target: what it has of it already, its release, its network. Pure.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import V1
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.cni_dirs import cni_dirs
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterator, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Facts, Finding, Release, Runtime

    Findings = Iterator[Finding]

OLDEST = (1, 6)
# kubelet from 1.26 on asks for CRI v1, which containerd speaks well from here on (kubernetes #115189).
V1_WELL = (1, 6, 15)
# From here on it searches several folders for CNI plugins (bin_dirs, containerd's release notes of 2.1).
SEVERAL_CNI_DIRS = (2, 1)
# Kubernetes' release -> the oldest patch of each line of containerd that containerd's RELEASES.md recommends for it.
RECOMMENDED: "Dict[Release, Tuple[Release, ...]]" = {
    (1, 32): ((1, 6, 36), (1, 7, 24), (2, 0, 1), (2, 1, 0)),
    (1, 33): ((1, 6, 36), (1, 7, 24), (2, 0, 4), (2, 1, 0)),
    (1, 34): ((1, 6, 39), (1, 7, 28), (2, 0, 6), (2, 1, 3)),
    (1, 35): ((1, 7, 28), (2, 1, 5), (2, 2, 0)),
    (1, 36): ((2, 2, 0), (2, 3, 0)),
}


def judge(node: str, info: "Facts", target: "Runtime") -> "Findings":
    """All of it. A node without containerd yet is judged by what its packages offer."""
    if dig(info, "containerd.installed"):
        yield from _judge_present(node, info["containerd"], target)
    yield from _judge_cni_version(node, info, target)
    yield from _judge_cni_dirs(node, info, target)


def _judge_present(node: str, containerd: "Facts", target: "Runtime") -> "Findings":
    if containerd.get("enabled") in (None, "masked"):
        yield finding(
            BLOCKER,
            "CRI-PF-CONTAINERD-UNIT",
            node,
            "containerd has no service of its own to start (containerd.service is %s)"
            % (containerd.get("enabled") or "not there"),
            "install containerd as a package with a unit, or unmask it: systemctl unmask containerd",
            seen=containerd.get("enabled"),
        )
    socket, wanted = containerd.get("socket"), target.socket[len("unix://") :]
    if socket and socket != wanted and not containerd.get("managed_by_docker"):
        yield finding(
            BLOCKER,
            "CRI-PF-CONTAINERD-SOCKET",
            node,
            "containerd listens on %s; its configuration is rendered with %s" % (socket, wanted),
            "let it (and Docker) use the usual socket first",
            seen=socket,
            wanted=wanted,
        )
    config = containerd.get("config") or {}
    if config.get("exists"):
        imports = config.get("imports") or []
        yield finding(
            WARNING if imports else NOTE,
            "CRI-PF-CONTAINERD-CONFIG",
            node,
            "%s is replaced as a whole in the window%s; the old one is kept for a revert"
            % (config.get("path"), ", and its imports (%s) with it" % listed(imports) if imports else ""),
            "settings of your own belong into files that switchover_containerd_imports names",
            sha256=config.get("sha256"),
            imports=imports,
        )


def judge_release(node: str, info: "Facts", target: "Runtime", release: "Release") -> "Findings":
    """Its release with this kubelet, beside the versions of CRI."""
    kubelet = version(dig(info, "kubelet.version"))
    text, installed = target.version(info)
    origin = "installed" if installed else "the packages' candidate"
    details = {"kubelet": dig(info, "kubelet.version"), "containerd": text, "installed": installed}
    if release < OLDEST:
        yield finding(
            BLOCKER,
            "CRI-PF-VERSIONS",
            node,
            "containerd is %s (%s); 1.6 is the oldest that is configured here" % (text, origin),
            "upgrade it with Docker, node by node, before this run",
            **details,
        )
    elif kubelet and kubelet_releases.of(kubelet).cri == (V1,) and release < V1_WELL:
        yield finding(
            BLOCKER,
            "CRI-PF-VERSIONS",
            node,
            "kubelet %s asks for CRI v1, which containerd speaks well from 1.6.15 on; this is %s (%s)"
            % (details["kubelet"], text, origin),
            "upgrade containerd to 1.6.15 or later before this run",
            **details,
        )
    elif kubelet and below_recommended(kubelet, release):
        minimums = " or ".join(dotted(minimum) for minimum in below_recommended(kubelet, release))
        yield finding(
            WARNING,
            "CRI-PF-VERSIONS",
            node,
            "kubelet %s is recommended with containerd from %s on; this is %s (%s)"
            % (details["kubelet"], minimums, text, origin),
            "plan for one of them; distributions may have its fixes under a lower number",
            **details,
        )


def below_recommended(kubelet: "Release", seen: "Release") -> "Tuple[Release, ...]":
    """The recommended versions where containerd's is below them all, or below that of its own line; else empty."""
    release = min(kubelet[:2], max(RECOMMENDED))
    minimums = RECOMMENDED.get(release, ())
    own = [minimum for minimum in minimums if minimum[:2] == seen[:2]]
    if any(seen >= minimum for minimum in own) or (minimums and not own and seen[:2] > minimums[0][:2]):
        return ()
    return minimums


def _judge_cni_version(node: str, info: "Facts", target: "Runtime") -> "Findings":
    """containerd 1.6.0 to 1.6.3 cannot remove a network whose file has no cniVersion (fixed in 1.6.4)."""
    seen, text = target.release(info), target.version(info)[0]
    active = dig(info, "cni.active")
    unversioned = [
        file["name"]
        for file in dig(info, "cni.files", [])
        if file.get("name") == active and not file.get("cni_version")
    ]
    if unversioned and seen and (1, 6, 0) <= seen <= (1, 6, 3):
        yield finding(
            BLOCKER,
            "CRI-PF-CNI-VERSION",
            node,
            "%s has no cniVersion, and containerd %s cannot remove such a network again" % (unversioned[0], text),
            "give the file a cniVersion, or upgrade containerd to 1.6.4",
            kubelet=dig(info, "kubelet.version"),
            containerd=text,
        )


def _judge_cni_dirs(node: str, info: "Facts", target: "Runtime") -> "Findings":
    seen = target.release(info)
    dirs, whole = cni_dirs(info)
    # Missing plugins are a finding of their own.
    if seen and seen < SEVERAL_CNI_DIRS and not whole and not dig(info, "cni.missing_plugins"):
        yield finding(
            BLOCKER,
            "CRI-PF-CNI-DIRS",
            node,
            "the plugins of %s are spread over %s; containerd before 2.1 searches one directory"
            % (dig(info, "cni.active"), listed(dirs)),
            "put all of them into one of kubelet's --cni-bin-dir directories",
            directories=dirs,
        )
