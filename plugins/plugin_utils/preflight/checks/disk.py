# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Will the disk hold the images a second time, by kubelet's own thresholds? Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, human
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

WHEN = (ON_SOURCE,)

# kubelet's own, where neither flag nor file says otherwise (KubeletConfiguration v1beta1: evictionHard and
# imageGCHighThresholdPercent).
EVICTION_DEFAULTS = {"nodefs.available": "10%", "imagefs.available": "15%"}
IMAGE_GC_DEFAULT = 85

# What must stay free: (the setting of kubelet that says so, bytes).
Minimum = tuple[str, int]

_UNITS = {
    "": 1,
    "k": 1000,
    "M": 1000**2,
    "G": 1000**3,
    "T": 1000**4,
    "Ki": 1024,
    "Mi": 1024**2,
    "Gi": 1024**3,
    "Ti": 1024**4,
}


def quantity(text: object, total: int) -> int | None:
    """Bytes of "10%" (of the total), "1Gi", "500M", "1024"; None when it is none of these."""
    text = str(text).strip()
    match = re.match(r"^(\d+(?:\.\d+)?)%$", text)
    if match:
        return int(total * float(match.group(1)) / 100)
    match = re.match(r"^(\d+(?:\.\d+)?)(%s)$" % "|".join(_UNITS), text)
    return int(float(match.group(1)) * _UNITS[match.group(2)]) if match else None


def thresholds(info: Facts) -> dict[str, Any]:
    """{"nodefs.available": "10%", "imagefs.available": "15%", "gc": 85}: what kubelet acts on."""
    hard = dig(info, "kubelet.effective.evictionHard") or EVICTION_DEFAULTS
    # A threshold that is not named beside others is off.
    wanted = dict((name, hard[name]) for name in EVICTION_DEFAULTS if name in hard)
    wanted["gc"] = int(dig(info, "kubelet.effective.imageGCHighThresholdPercent", IMAGE_GC_DEFAULT))
    return wanted


def bytes_to_transfer(info: Facts) -> int:
    """The size of the images that go to the target too: those that pods use, and those that no registry has."""
    transferred = sum(
        int(image.get("size") or 0)
        for image in dig(info, "docker.images", [])
        if image.get("in_use") or image.get("local_only")
    )
    # The list may be incomplete.
    return max(transferred, dig(info, "docker.images_bytes.in_use", 0))


def judge(node: str, info: Facts, target: Runtime) -> Findings:
    """The target's file system with the images on it, against image garbage collection and eviction."""
    disk = dig(info, "disk." + target.name, {})
    path = disk.get("path") or target.store
    if disk.get("ftype_ok") is False:
        yield finding(
            BLOCKER,
            "CRI-PF-DISK-FTYPE",
            node,
            "%s is XFS without ftype=1, on which overlayfs does not work" % disk.get("mount"),
            "mount another file system at %s" % path,
            mount=disk.get("mount"),
        )
    size, free = disk.get("size"), disk.get("avail")
    if not isinstance(size, int) or not isinstance(free, int) or size <= 0:
        yield finding(
            BLOCKER,
            "CRI-PF-DISK-UNKNOWN",
            node,
            "the space under %s could not be read" % path,
            "check `df /var/lib` on the node",
            disk=disk,
        )
        return
    minimums, unknown = _minimums(info, disk, size)
    for name, value in unknown:
        yield finding(
            NOTE,
            "CRI-PF-DISK-THRESHOLD",
            node,
            "kubelet's threshold %s %r is not understood" % (name, value),
            "it is not part of the check of the disk",
        )
    yield from _judge_space(node, info, target, disk, max(minimums, key=lambda item: item[1]))


def _minimums(info: Facts, disk: dict[str, Any], size: int) -> tuple[list[Minimum], list[tuple[str, Any]]]:
    """(what kubelet wants to stay free on this disk, thresholds that are not understood)."""
    limits = thresholds(info)
    found: list[Minimum] = [("imageGCHighThresholdPercent %d" % limits["gc"], size * (100 - limits["gc"]) // 100)]
    unknown: list[tuple[str, Any]] = []
    on_nodefs = dig(info, "disk.kubelet.device") == disk.get("device")
    for name in ("imagefs.available", "nodefs.available"):
        if name in limits and (name == "imagefs.available" or on_nodefs):
            minimum = quantity(limits[name], size)
            if minimum is None:
                unknown.append((name, limits[name]))
            else:
                found.append(("evictionHard %s %s" % (name, limits[name]), minimum))
    return found, unknown


def _judge_space(node: str, info: Facts, target: Runtime, disk: dict[str, Any], minimum: Minimum) -> Findings:
    rule, must_stay = minimum
    free, images = disk["avail"], bytes_to_transfer(info)
    size = images * target.image_copies
    needed = size + must_stay
    if free >= needed:
        return
    # An earlier run may have transferred images already; staging checks again, and each of them.
    staged_before = bool(info.get("journal"))
    yield finding(
        WARNING if staged_before else BLOCKER,
        "CRI-PF-DISK",
        node,
        "%s has %s free; the pods' images need %s in %s, kubelet wants %s left (%s)"
        % (disk.get("mount", "the disk"), human(free), human(size), target.store_title, human(must_stay), rule),
        "free %s: docker image prune, a larger disk, or one of its own at %s"
        % (human(needed - free), disk.get("path") or target.store),
        free=free,
        wanted=needed,
        images_bytes=images,
        threshold=rule,
        threshold_bytes=must_stay,
    )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.target)
