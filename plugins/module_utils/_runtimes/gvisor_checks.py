# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does gVisor (runsc) fit the node and the target runtime? Pure: no I/O.

Every minimum version of gVisor stands here once, with its source. Private to this collection: there is no promise that
it stays as it is.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_programs import program
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handlers import SHIM
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Problem, Runtime

    Handler = Dict[str, Any]

# gVisor's guide to its installation, since its first releases; releases of 2026 say 5.6.
KERNEL_FOR_RUNSC, KERNEL_FOR_NEW_RUNSC, NEW_RUNSC = (4, 14, 77), (5, 6), 20260101
# gVisor's announcement of the platform systrap.
RUNSC_WITH_SYSTRAP = 20230428
# runsc/cgroup/systemd.go: "systemd version %d not supported, please upgrade to at least 244".
SYSTEMD_FOR_RUNSC = 244


def release_of_runsc(text: "Optional[str]") -> "Optional[int]":
    """20260224 of "release-20260224.0"; None for a build without a release, such as "VERSION_MISSING"."""
    match = re.search(r"(?:^|\D)(20\d{6})(?:\D|$)", str(text or ""))
    return int(match.group(1)) if match else None


def judge_runsc(handler: "Handler", info: "Dict[str, Any]", target: "Runtime") -> "Iterator[Problem]":
    """What keeps a handler of gVisor from working on this node with this target; see handler_checks.judge()."""
    options = handler["options"]
    known = dig(info, "handlers.programs") is not None
    missing = [name for name in ("runsc", SHIM) if not program(info, name)]
    if options["source"] == "installed" and known and missing:
        yield (
            "CRI-PF-HANDLER-MISSING",
            True,
            "this node has no %s in %s's PATH (%s)"
            % (" and no ".join(missing), target.title, dig(info, "handlers.path")),
            "install it there, or have it installed: option source: files (with checksums) or package",
        )
    if options["source"] == "package" and dig(info, "packages.manager") not in (None, "apt"):
        yield (
            "CRI-PF-HANDLER-SOURCE",
            True,
            "gVisor is packaged for apt only, this node has %s" % dig(info, "packages.manager"),
            "use source: files",
        )
    arch = dig(info, "os.arch")
    if arch not in (None, "x86_64", "aarch64"):
        yield (
            "CRI-PF-HANDLER-ARCH",
            True,
            "gVisor is built for x86_64 and aarch64, this node is %s" % arch,
            "leave it out here",
        )
    release = release_of_runsc(program(info, "runsc").get("version"))
    for judge_part in (_runsc_and_target, _runsc_and_kernel, _runsc_and_cgroups):
        yield from judge_part(handler, info, target, release)


def _runsc_and_target(
    _handler: "Handler", info: "Dict[str, Any]", target: "Runtime", release: "Optional[int]"
) -> "Iterator[Problem]":
    runtime = target.release(info)
    if runtime is not None:
        yield from target.gvisor_problems(runtime, release)


def _runsc_and_kernel(
    handler: "Handler", info: "Dict[str, Any]", _target: "Runtime", release: "Optional[int]"
) -> "Iterator[Problem]":
    kernel = version(dig(info, "os.kernel"))
    wanted = KERNEL_FOR_NEW_RUNSC if release and release >= NEW_RUNSC else KERNEL_FOR_RUNSC
    if kernel and kernel < wanted:
        yield (
            "CRI-PF-HANDLER-GVISOR-KERNEL",
            True,
            "gVisor needs Linux %s, this is %s" % (dotted(wanted), dig(info, "os.kernel")),
            "leave it out here, or move the node to a newer kernel",
        )
    platform = handler["options"]["platform"]
    kvm = dig(info, "handlers.kvm")
    if platform == "kvm" and kvm is not None and not kvm.get("usable"):
        yield (
            "CRI-PF-HANDLER-GVISOR-PLATFORM",
            True,
            "platform kvm needs /dev/kvm, and %s"
            % ("it cannot be opened: %s" % kvm.get("error") if kvm.get("exists") else "this node has none"),
            "use platform systrap, or load the module kvm on hardware that has it",
        )
    if platform == "systrap" and release and release < RUNSC_WITH_SYSTRAP:
        yield (
            "CRI-PF-HANDLER-GVISOR-PLATFORM",
            True,
            "gVisor's release %d does not know the platform systrap" % release,
            "use platform ptrace, or a newer gVisor",
        )


def _runsc_and_cgroups(
    _handler: "Handler", info: "Dict[str, Any]", _target: "Runtime", _release: "Optional[int]"
) -> "Iterator[Problem]":
    """gVisor does through systemd only what is on the unified hierarchy (runsc/cgroup/cgroup.go)."""
    if dig(info, "kubelet.cgroup_driver") != "systemd":
        return
    if dig(info, "cgroup.version") == 1:
        yield (
            "CRI-PF-HANDLER-GVISOR-CGROUPS",
            True,
            "kubelet's cgroup driver is systemd on cgroup v1: gVisor uses systemd on cgroup v2 only, and would take "
            "kubelet's slices for names of directories (gVisor #7334, #7671)",
            "leave it out until the node is on cgroup v2",
        )
    systemd = dig(info, "os.systemd")
    if isinstance(systemd, int) and systemd < SYSTEMD_FOR_RUNSC:
        yield (
            "CRI-PF-HANDLER-GVISOR-CGROUPS",
            True,
            "gVisor needs systemd %d for cgroup driver systemd, this is %d" % (SYSTEMD_FOR_RUNSC, systemd),
            "leave it out here",
        )
