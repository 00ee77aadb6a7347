# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a node on cgroup v2 (the unified hierarchy), could it be, and what of it would harm its pods? Pure: no I/O.

Every minimum version stands here once, with its source. Private to this collection: there is no promise that it stays
as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import KUBEADM_ENV
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import boot_entry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.pod_features import features
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import dotted
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case

WHEN = (ON_SOURCE,)

Facts = dict[str, Any]
Finding = dict[str, Any]

# runc's docs/cgroup-v2.md: "we recommend 5.2 or later"; a node on v2 with less is refused (checks/operating_system.py).
# Of kubernetes.io's "About cgroup v2", kernel and drivers are judged for all nodes. Older runtimes than containerd 1.4
# and CRI-O 1.20 are no targets. What kubelet has of it: `_common.kubelet_releases`.
KERNEL = (5, 2)
# systemd's NEWS, 244: "systemd now supports delegating the cpuset controller", which kubelet needs of a unified one.
SYSTEMD = 244
# What kubelet hands to containers.
CONTROLLERS = ("cpu", "cpuset", "hugetlb", "io", "memory", "pids")

# Readers of /sys/fs/cgroup that know only version 1, and from what release on they know 2: JDK 15, 11.0.16, 8u372
# (JDK-8230305); cAdvisor 0.43 (its release notes). Only the name and the tag of an image show them.
_JAVA = r"(?:^|/)(?:openjdk|java|adoptopenjdk|eclipse-temurin|amazoncorretto|zulu-openjdk|ibm-semeru-runtimes)$"
_TAGS = (
    (_JAVA, r"^8u(\d+)", (372,), "a JVM of Java 8 before update 372"),
    (_JAVA, r"^11\.0\.(\d+)", (16,), "a JVM of Java 11 before 11.0.16"),
    (_JAVA, r"^(1[2-4])\b", (15,), "a JVM of Java 12 to 14"),
    (r"(?:^|/)cadvisor(?:-[a-z0-9]+)?$", r"^v?0\.(\d+)", (43,), "cAdvisor before 0.43"),
)


def judge(node: str, info: Facts, target: Runtime, mode: str) -> Iterator[Finding]:
    """Findings about a node's cgroups. ``mode``: one of cgroup_v2.MODES."""
    if dig(info, "cgroup.version") == 2:
        yield from _judge_v2(node, info)
    elif mode == "enable":
        yield from _judge_enabling(node, info)
    else:
        yield from _judge_v1(node, info, mode)
        return
    yield from _judge_images(node, info)
    on_v2 = dict(info, cgroup=dict(info["cgroup"], version=2))
    yield _available_features(node, on_v2, target)


def misreading(references: Iterable[str]) -> list[tuple[str, str]]:
    """[(reference, why)] of images whose program is likely to see no limits on cgroup v2."""
    found = []
    for reference in references:
        name, _colon, tag = reference.partition("@")[0].rpartition(":")
        for image, pattern, minimum, why in _TAGS:
            match = re.match(pattern, tag)
            if match and re.search(image, name) and tuple(map(int, match.groups())) < minimum:
                found.append((reference, why))
    return found


def _judge_v2(node: str, info: Facts) -> Iterator[Finding]:
    """A node on v2: do its kernel and its systemd give kubelet what it needs?"""
    lacking = [name for name in CONTROLLERS if name not in dig(info, "cgroup.controllers", [])]
    if dig(info, "cgroup.controllers") is not None and {"cpu", "memory", "pids"} & set(lacking):
        yield finding(
            BLOCKER,
            "CRI-PF-CGROUP-CONTROLLERS",
            node,
            "the unified hierarchy lacks the controllers %s" % listed(lacking),
            "remove what binds them to version 1 from the boot, and reboot",
            controllers=dig(info, "cgroup.controllers"),
        )
    systemd = dig(info, "os.systemd")
    if isinstance(systemd, int) and systemd < SYSTEMD:
        yield finding(
            WARNING,
            "CRI-PF-CGROUP-SYSTEMD",
            node,
            "cgroup v2 with systemd %d, which does not delegate cpuset before %d" % (systemd, SYSTEMD),
            "upgrade it",
        )


def _judge_v1(node: str, info: Facts, mode: str) -> Iterator[Finding]:
    """A node that stays on v1: is that allowed, and does kubelet start there?"""
    seen = dig(info, "kubelet.version")
    kubelet = kubelet_releases.of(version(seen) or (0, 0))
    yield finding(
        BLOCKER if mode == "require" else NOTE,
        "CRI-PF-CGROUP-V1",
        node,
        "the node is on cgroup v1%s" % (" (hybrid)" if dig(info, "cgroup.hybrid") else ""),
        "set switchover_cgroup_v2 to enable; or boot the node with systemd.unified_cgroup_hierarchy=1 before"
        if mode == "require"
        else "it stays on v1; kubelet and the target are set up to agree",
        kernel_args=dig(info, "cgroup.kernel_args", []),
    )
    wanted = dig(info, "kubelet.effective.failCgroupV1")
    if kubelet.has_fail_cgroup_v1 and (kubelet.fails_on_cgroup_v1 if wanted is None else wanted):
        yield finding(
            BLOCKER,
            "CRI-PF-CGROUP-V1-KUBELET",
            node,
            "kubelet %s does not start on cgroup v1, unless failCgroupV1 is false" % seen
            if wanted is None
            else "kubelet %s does not start on cgroup v1, because failCgroupV1 is true" % seen,
            "set failCgroupV1: false in its configuration, or move the node to cgroup v2",
        )
    elif kubelet.has_fail_cgroup_v1:
        first = dotted(kubelet_releases.first(lambda release: release.fails_on_cgroup_v1))
        yield finding(
            WARNING,
            "CRI-PF-CGROUP-V1-KUBELET",
            node,
            "kubelet from %s on starts on cgroup v1 only if failCgroupV1 is false" % first
            if wanted is None
            else "kubelet from %s on starts on cgroup v1 only because failCgroupV1 is false" % first,
            "move the node to cgroup v2 before that upgrade" if wanted is None else "move the node to cgroup v2",
        )


def _judge_enabling(node: str, info: Facts) -> Iterator[Finding]:
    """Can the switch boot the node into v2, by an entry that is tried once?"""
    kernel, systemd = version(dig(info, "os.kernel")), dig(info, "os.systemd")
    for seen, minimum, what in ((kernel, KERNEL, "kernel"), (systemd and (systemd,), (SYSTEMD,), "systemd")):
        if seen and seen < minimum:
            yield finding(
                BLOCKER,
                "CRI-PF-CGROUP-ENABLE",
                node,
                "cgroup v2 needs %s %s, this is %s" % (what, dotted(minimum), dotted(seen)),
                "upgrade it, or set switchover_cgroup_v2 to report",
            )
    try:
        boot = boot_entry.plan(dig(info, "boot", {}))
    except boot_entry.BootError as exc:
        yield finding(
            BLOCKER,
            "CRI-PF-CGROUP-BOOT",
            node,
            "cgroup v2 cannot be tried for one boot on this node: %s" % exc,
            "boot it with systemd.unified_cgroup_hierarchy=1 yourself before, or set switchover_cgroup_v2 to report",
        )
        return
    yield finding(
        NOTE,
        "CRI-PF-CGROUP-REBOOT",
        node,
        "the node is on cgroup v1. The switch reboots it into v2 once; that becomes permanent when it is confirmed (%s)"
        % listed(item["path"] for item in boot["files"]),
        "nothing to do; a boot that hangs needs a power cycle, and is then on the old entry",
    )
    sources = [flag["source"] or "" for flag in dig(info, "kubelet.flags", [])]
    # Its own file may give no flag any more: from 1.34 on the CRI socket stands in instance-config.yaml.
    by_kubeadm = any(source.endswith("/" + KUBEADM_ENV) for source in sources) or dig(
        info, "kubelet.instance_config.exists"
    )
    if by_kubeadm and dig(info, "kubelet.cgroup_driver") == "cgroupfs":
        # `kubeadm upgrade node` writes config.yaml from it: kubeadm's cmd/phases/upgrade/node/kubeletconfig.go.
        yield finding(
            WARNING,
            "CRI-PF-CGROUP-KUBEADM",
            node,
            "kubelet's cgroup driver becomes systemd. kubeadm upgrade node would replace it by what the ConfigMap "
            "kube-system/kubelet-config says (before 1.24 it has the minor release in its name)",
            "set cgroupDriver: systemd there before the next upgrade with kubeadm",
        )


def _judge_images(node: str, info: Facts) -> Iterator[Finding]:
    images = [tag for image in dig(info, "docker.images", []) if image.get("in_use") for tag in image.get("tags") or []]
    old = misreading(images)
    if old:
        yield finding(
            WARNING,
            "CRI-PF-CGROUP-IMAGES",
            node,
            "images that do not see their limits on cgroup v2: %s"
            % listed("%s (%s)" % item for item in sorted(set(old))),
            "newer ones see their limits",
            images=sorted(set(reference for reference, _why in old)),
        )


def _available_features(node: str, info: Facts, target: Runtime) -> Finding:
    """What pods can have of v2 on the target: of a node that is on it, or is to be."""
    found, kubelet = features(info, target), version(dig(info, "kubelet.version"))
    stable = kubelet_releases.first(lambda release: release.cgroup_v2_is_stable)
    return finding(
        NOTE,
        "CRI-PF-CGROUP-V2",
        node,
        "cgroup v2%s, drivers: kubelet %s, Docker %s; with it on %s: %s"
        % (
            " (stable in kubelet from %s on)" % dotted(stable) if kubelet and kubelet < stable else "",
            dig(info, "kubelet.cgroup_driver"),
            dig(info, "docker.cgroup_driver") or "-",
            target.title,
            ", ".join("%s %s" % (name, "needs " + why if why else "yes") for name, why in sorted(found.items())),
        ),
        "nothing to do",
        features=found,
        controllers=dig(info, "cgroup.controllers"),
    )


def check(case: Case) -> Iterator[Finding]:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.target, case.settings.get("cgroup_v2") or "report")
