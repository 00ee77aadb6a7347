# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against CRI-O as this node's target, beside what concerns every target. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import OWN
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio_settings
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import crio_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, List

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Facts, Finding, Release, Runtime

    Findings = Iterator[Finding]


def judge(node: str, info: "Facts", target: "Runtime") -> "Findings":
    """All of it."""
    yield from judge_settings(node, info, target)
    yield from judge_policy(node, info)
    yield from judge_check(node, info)
    yield from judge_short_names(node, info, target)


def judge_release(node: str, info: "Facts", release: "Release") -> "Findings":
    """kubelet and the CRI-O that will serve it, beside the versions of CRI."""
    kubelet = version(dig(info, "kubelet.version"))
    text, installed = crio_version(info)
    if kubelet and release[:2] != kubelet[:2]:
        details = {"kubelet": dig(info, "kubelet.version"), "crio": text, "installed": installed}
        yield finding(
            WARNING,
            "CRI-PF-VERSIONS",
            node,
            "CRI-O %s with kubelet %s: CRI-O's maintainers ask for equal minor releases" % (text, details["kubelet"]),
            "use the CRI-O of kubelet's own minor release, or plan for kubelet's upgrade",
            **details,
        )


def judge_settings(node: str, info: "Facts", target: "Runtime") -> "Findings":
    """What a plan would refuse, and files that CRI-O reads after ours."""
    if crio_version(info)[0]:
        try:
            crio_settings.settings_of(info, target)
        except RuntimeConfigError as exc:
            remedy = "set what the message names, or fix CRI-O's files"
            yield finding(BLOCKER, "CRI-PF-CRIO-SETTINGS", node, str(exc), remedy)
    later = [name for name in dig(info, "crio.config.files", []) if not name.startswith("/") and name > OWN]
    if later:
        yield finding(
            NOTE,
            "CRI-PF-CRIO-CONFIG",
            node,
            "CRI-O reads %s after what is rendered here; staging refuses what they change of it" % listed(later),
            "nothing to do",
            files=later,
        )


def judge_policy(node: str, info: "Facts") -> "Findings":
    """Signatures of images: which policy counts; what comes from Docker has no signature."""
    counts = crio_settings.counting_policies(info)
    first = dig(info, "crio.policies", [])[:1]
    lost = [item["path"] for item in first if item not in counts and not item["accepts_all"]]
    asking = [item["path"] for item in counts[:1] if not item["accepts_all"]]
    if lost:
        yield finding(
            BLOCKER,
            "CRI-PF-CRIO-POLICY",
            node,
            "CRI-O cannot check images against %s for kubelet %s, which does not give it their names (from 1.28 on)"
            % (lost[0], dig(info, "kubelet.version")),
            "move its rules to %s, which counts at pulls, and remove it" % crio_settings.POLICY,
            policy=lost[0],
        )
    if asking:
        yield finding(
            WARNING,
            "CRI-PF-CRIO-POLICY",
            node,
            "%s asks for signatures: an image that comes from Docker has none, and may be refused" % asking[0],
            "check its rules for the images that the node's pods use",
            policy=asking[0],
        )


def judge_check(node: str, info: "Facts") -> "Findings":
    """CRI-O asks the network by CNI CHECK about each new sandbox, dockershim and containerd never do.

    It does so from cniVersion 0.4.0 on, unless the file says disableCheck, and the sandbox fails with it (ocicni,
    checkNetwork; libcni, CheckNetworkList). CHECK compares the veth's MAC address with the one that ADD returned, which
    udev's persistent policy has changed by then.
    """
    active = dig(info, "cni.active")
    files: "List[Facts]" = dig(info, "cni.files", [])
    file = next((item for item in files if item.get("name") == active), {})
    if not file.get("check"):
        return
    veths = set(file.get("plugins") or []) & set(("bridge", "ptp"))
    if veths and dig(info, "cni.veth_mac_policy") not in (None, "none"):
        yield finding(
            WARNING,
            "CRI-PF-CNI-CHECK",
            node,
            "CRI-O has the network checked for each new pod (%s, cniVersion %s). udev gives the pods' interfaces "
            "other addresses than the plugin %s has noted: sandboxes will fail at first"
            % (active, file.get("cni_version"), listed(sorted(veths))),
            "give the node a file such as /etc/systemd/network/05-pods.link with [Match] OriginalName=veth* and [Link] "
            "MACAddressPolicy=none, or set disableCheck in the network's configuration",
            file=active,
            policy=dig(info, "cni.veth_mac_policy"),
        )


def judge_short_names(node: str, info: "Facts", target: "Runtime") -> "Findings":
    """Docker pulls names without a registry from docker.io. CRI-O refuses them unless a file names a registry."""
    if target.chosen.get("unqualified_registries") or dig(info, "crio.unqualified_registries", []):
        return
    tags = [tag for image in dig(info, "docker.images", []) if image.get("in_use") for tag in image.get("tags") or []]
    short = sorted(tag for tag in tags if is_short(tag))
    if short:
        yield finding(
            WARNING,
            "CRI-PF-SHORT-NAMES",
            node,
            "CRI-O refuses image names without a registry, unless a file names a registry for them; Docker had %s"
            % listed(short),
            "set switchover_crio_unqualified_registries to [docker.io], or give the pods' images full names",
            images=short,
        )


def is_short(tag: str) -> bool:
    """Whether a name has no registry before its path. Docker shows those of docker.io so, also where pods write it."""
    first, slash, _path = tag.partition("/")
    return not slash or not ("." in first or ":" in first or first == "localhost")
