# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unified cgroup hierarchy: whether a node is on it, whether it could be, and what it would give. Pure: no I/O.

Every floor stands here once, with where it comes from. Private to this collection: there is no promise that it stays
as it is.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import KUBEADM_ENV
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import boot_entry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio import crio_version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import containerd_version

MODES = ("report", "require", "enable")

# runc's docs/cgroup-v2.md: "we recommend 5.2 or later"; a node on v2 with less is refused (checks/versions.py).
KERNEL = (5, 2)
# KEP-2254. Of kubernetes.io's "About cgroup v2", kernel and drivers are judged for all nodes (checks/versions.py),
# and older runtimes than containerd 1.4 and CRI-O 1.20 are no targets.
STABLE = (1, 25)
# systemd's NEWS, 244: "systemd now supports delegating the cpuset controller", which kubelet needs of a unified one.
SYSTEMD = 244
# kubelet stops on v1 by itself from 1.35 on (failCgroupV1 true: KEP-5573); the field is there since 1.31 (KEP-4569).
FAILS_ON_V1, HAS_FIELD = (1, 35), (1, 31)
# What kubelet hands to containers.
CONTROLLERS = ("cpu", "cpuset", "hugetlb", "io", "memory", "pids")

# Readers of /sys/fs/cgroup that know only version 1, and from what release on they know 2: JDK 15, 11.0.16, 8u372
# (JDK-8230305); cAdvisor 0.43 (its release notes). By the name and the tag of an image, for nobody else tells.
_JAVA = r"(?:^|/)(?:openjdk|java|adoptopenjdk|eclipse-temurin|amazoncorretto|zulu-openjdk|ibm-semeru-runtimes)$"
_TAGS = (
    (_JAVA, r"^8u(\d+)", (372,), "a JVM of Java 8 before update 372"),
    (_JAVA, r"^11\.0\.(\d+)", (16,), "a JVM of Java 11 before 11.0.16"),
    (_JAVA, r"^(1[2-4])\b", (15,), "a JVM of Java 12 to 14"),
    (r"(?:^|/)cadvisor(?:-[a-z0-9]+)?$", r"^v?0\.(\d+)", (43,), "cAdvisor before 0.43"),
)


def misreading(references):
    """[(reference, why)] of images that are likely to take v2 for a machine without limits."""
    found = []
    for reference in references:
        name, _colon, tag = reference.partition("@")[0].rpartition(":")
        for image, pattern, floor, why in _TAGS:
            match = re.match(pattern, tag)
            if match and re.search(image, name) and tuple(map(int, match.groups())) < floor:
                found.append((reference, why))
    return found


def features(info, target):
    """{name: why not, or None where it can be had} of what only v2 gives, for pods on the target.

    Memory QoS: KEP-2570 (alpha in 1.22, on from 1.37; kernel 5.9, before which memory.high could stall a container).
    PSI: KEP-4205 (alpha in 1.33, on from 1.34; kernel 4.20). User namespaces do not need v2 alone, but all the rest of
    the list, as kubernetes.io has it: kernel 6.3, kubelet on from 1.33, containerd 2.0 or CRI-O 1.25, runc 1.2 or
    crun 1.9.
    """
    kubelet, kernel = version(dig(info, "kubelet.version")) or (0, 0), version(dig(info, "os.kernel")) or (0, 0)
    seen = (containerd_version if target == "containerd" else crio_version)(info)[0]
    runtime, unified = version(seen) or (0, 0), dig(info, "cgroup.version") == 2
    name = "containerd" if target == "containerd" else "CRI-O"
    oldest = (2, 0) if target == "containerd" else (1, 25)

    def first(*checks):
        return next((why for fine, why in checks if not fine), None)

    on_v1 = (unified, "cgroup v1")
    return {
        "memory QoS": first(
            on_v1,
            (kubelet >= (1, 22), "kubelet 1.22"),
            (kernel >= (5, 9), "kernel 5.9"),
            (kubelet >= (1, 37) or _gate(info, "MemoryQoS"), "kubelet's feature gate MemoryQoS"),
        ),
        "PSI": first(
            on_v1,
            (dig(info, "cgroup.psi"), "a kernel that tells pressure (psi=1)"),
            (kubelet >= (1, 33), "kubelet 1.33"),
            (kubelet >= (1, 34) or _gate(info, "KubeletPSI"), "kubelet's feature gate KubeletPSI"),
        ),
        "user namespaces": first(
            (kernel >= (6, 3), "kernel 6.3"),
            (kubelet >= (1, 28), "kubelet 1.28"),
            (kubelet >= (1, 33) or _gate(info, "UserNamespacesSupport"), "kubelet's gate UserNamespacesSupport"),
            (runtime >= oldest, "%s %d.%d" % ((name,) + oldest)),
        ),
    }


def _judge_enabling(node, info):
    """Can the node be booted into v2 on its way, by an entry that is tried once?"""
    kernel, systemd = version(dig(info, "os.kernel")), dig(info, "os.systemd")
    for seen, floor, what in ((kernel, KERNEL, "kernel"), (systemd and (systemd,), (SYSTEMD,), "systemd")):
        if seen and seen < floor:
            yield finding(
                BLOCKER,
                "CGROUP-ENABLE",
                node,
                "cgroup v2 needs %s %s, this is %s" % (what, ".".join(map(str, floor)), ".".join(map(str, seen))),
                "upgrade it, or set switchover_cgroup_v2 to report",
            )
    try:
        boot = boot_entry.plan(dig(info, "boot", {}))
    except boot_entry.BootError as exc:
        yield finding(
            BLOCKER,
            "CGROUP-BOOT",
            node,
            "the node cannot be booted into cgroup v2 for a try: %s" % exc,
            "boot it with systemd.unified_cgroup_hierarchy=1 yourself before, or set switchover_cgroup_v2 to report",
        )
        return
    yield finding(
        NOTE,
        "CGROUP-REBOOT",
        node,
        "the node is on cgroup v1, and reboots into v2 on its way: once, and for good only when it is confirmed (%s)"
        % listed(item["path"] for item in boot["files"]),
        "nothing to do; a boot that hangs needs a power cycle, and is then on the old entry",
    )
    by_kubeadm = any(flag["source"].endswith("/" + KUBEADM_ENV) for flag in dig(info, "kubelet.flags", []))
    if by_kubeadm and dig(info, "kubelet.cgroup_driver") == "cgroupfs":
        # `kubeadm upgrade node` writes config.yaml from it: kubeadm's cmd/phases/upgrade/node/kubeletconfig.go.
        yield finding(
            WARNING,
            "CGROUP-KUBEADM",
            node,
            "kubelet's cgroup driver becomes systemd; kubeadm upgrade node would write over it what the ConfigMap "
            "kube-system/kubelet-config (before 1.24 with the minor in its name) says",
            "set cgroupDriver: systemd there before the next upgrade with kubeadm",
        )


def _gate(info, name):
    return dig(info, "kubelet.effective.featureGates", {}).get(name) in (True, "true")


def judge(node, info, target, mode):
    """What is to say of a node's cgroups, as findings. ``mode``: one of MODES."""
    unified = dig(info, "cgroup.version") == 2
    systemd, kubelet = dig(info, "os.systemd"), version(dig(info, "kubelet.version"))
    if not unified and mode == "enable":
        yield from _judge_enabling(node, info)
        yield from _judge_images(node, info)
        yield _gains(node, dict(info, cgroup=dict(info["cgroup"], version=2)), target)
        return
    if not unified:
        yield finding(
            BLOCKER if mode == "require" else NOTE,
            "CGROUP-V1",
            node,
            "the node is on cgroup v1%s" % (" (hybrid)" if dig(info, "cgroup.hybrid") else ""),
            "set switchover_cgroup_v2 to enable; or boot the node with systemd.unified_cgroup_hierarchy=1 before"
            if mode == "require"
            else "it stays so; kubelet and the target are set up to agree",
            kernel_args=dig(info, "cgroup.kernel_args", []),
        )
        if kubelet and kubelet >= FAILS_ON_V1 and dig(info, "kubelet.effective.failCgroupV1") is None:
            yield finding(
                BLOCKER,
                "CGROUP-V1-KUBELET",
                node,
                "kubelet %s does not start on cgroup v1, unless failCgroupV1 is false" % dig(info, "kubelet.version"),
                "set failCgroupV1: false in its configuration, or move the node to cgroup v2",
            )
        elif kubelet and kubelet >= HAS_FIELD:
            yield finding(
                WARNING,
                "CGROUP-V1-KUBELET",
                node,
                "kubelet stops on cgroup v1 from 1.35 on",
                "move the node to cgroup v2 before that upgrade",
            )
        return
    lacking = [name for name in CONTROLLERS if name not in dig(info, "cgroup.controllers", [])]
    if dig(info, "cgroup.controllers") is not None and {"cpu", "memory", "pids"} & set(lacking):
        yield finding(
            BLOCKER,
            "CGROUP-CONTROLLERS",
            node,
            "the unified hierarchy lacks the controllers %s" % listed(lacking),
            "remove what binds them to version 1 from the boot, and reboot",
            controllers=dig(info, "cgroup.controllers"),
        )
    if isinstance(systemd, int) and systemd < SYSTEMD:
        yield finding(
            WARNING,
            "CGROUP-SYSTEMD",
            node,
            "cgroup v2 with systemd %d, which does not delegate cpuset before %d" % (systemd, SYSTEMD),
            "upgrade it",
        )
    yield from _judge_images(node, info)
    yield _gains(node, info, target)


def _judge_images(node, info):
    images = [tag for image in dig(info, "docker.images", []) if image.get("in_use") for tag in image.get("tags") or []]
    old = misreading(images)
    if old:
        yield finding(
            WARNING,
            "CGROUP-IMAGES",
            node,
            "images that take cgroup v2 for a machine without limits: %s"
            % listed("%s (%s)" % item for item in sorted(set(old))),
            "newer ones see their limits",
            images=sorted(set(reference for reference, _why in old)),
        )


def _gains(node, info, target):
    """What pods can have of v2 on the target: of a node that is on it, or is to be."""
    had, kubelet = features(info, target), version(dig(info, "kubelet.version"))
    return finding(
        NOTE,
        "CGROUP-V2",
        node,
        "cgroup v2%s, drivers: kubelet %s, Docker %s; with it on %s: %s"
        % (
            " (stable in kubelet from 1.25 on)" if kubelet and kubelet < STABLE else "",
            dig(info, "kubelet.cgroup_driver"),
            dig(info, "docker.cgroup_driver") or "-",
            "containerd" if target == "containerd" else "CRI-O",
            ", ".join("%s %s" % (name, "needs " + why if why else "yes") for name, why in sorted(had.items())),
        ),
        "nothing to do",
        features=had,
        controllers=dig(info, "cgroup.controllers"),
    )
