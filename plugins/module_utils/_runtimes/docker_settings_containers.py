# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's settings for how containers run: a part of the table docker_settings. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import os

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker_sources import RUNC
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    BOOL,
    LIST,
    NUMBER,
    RUNTIMES,
    ULIMITS,
    CarriedOver,
    Reported,
    Setting,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import Context


OCI_RUNTIMES = ("runc", "crun")


def _limits(value: "Any", _context: "Context") -> "List[Any]":
    return [["%s=%s:%s" % (name, value[name]["soft"], value[name]["hard"]) for name in sorted(value)]]


def _same_program(one: str, other: str) -> bool:
    """Whether two programs are the same, of which a name alone is found in a PATH.

    Of runc and crun each package has a build of its own.
    """
    name = os.path.basename(one)
    if one.startswith("/") and other.startswith("/") and name not in OCI_RUNTIMES:
        return one == other
    return name == os.path.basename(other)


def _not_by_the_default_handler(value: "Any", context: "Context") -> "List[Any]":
    """Nothing where it is runc under another name, or where the target's default handler has the same program."""
    runtime = context.value("runtimes", {}).get(value) or {}
    program = runtime.get("path") or value
    return [] if _same_program(program, context.default_program) and not runtime.get("args") else [value]


def _further_runtimes(value: "Any", context: "Context") -> "List[Any]":
    found = sorted(set(value) - set(RUNC) - {context.value("default-runtime", "runc")})
    return [found] if found else []


def _unlike_a_runtimes(value: "Any", context: "Context") -> "List[Any]":
    """CRI runtimes give a pod a cgroup namespace of its own on cgroup v2, and none on v1."""
    usual = "private" if dig(context.info, "cgroup.version") == 2 else "host"
    return [] if value == usual else [value]


ROWS = (
    Setting(
        "default-ulimits",
        "its containers have these limits",
        Reported(
            BLOCKER,
            "CRI-PF-DEFAULT-ULIMITS",
            "Docker gives containers its own limits: %(value)s",
            "give %(unit)s the same limits in a drop-in (LimitNOFILE= and so on)",
            "default-ulimits",
        ),
        ULIMITS,
        flags=("default-ulimit",),
        concern=_limits,
    ),
    Setting(
        "default-runtime",
        "it is started by this OCI runtime",
        Reported(
            BLOCKER,
            "CRI-PF-DEFAULT-RUNTIME",
            "Docker starts pods by the runtime %(value)s; %(title)s starts them by its own default",
            "if pods depend on it (GPUs do), declare a handler with its program as the default (switchover_handlers)",
            "default-runtime",
        ),
        defaults=RUNC,
        concern=_not_by_the_default_handler,
    ),
    Setting(
        "runtimes",
        "it may have a RuntimeClass with one of them, with cri-dockerd 0.4.0 and 0.4.1 only",
        Reported(
            NOTE,
            "CRI-PF-RUNTIMES",
            "Docker knows further runtimes: %(value)s",
            "declare those that pods are to have as handlers (switchover_handlers); the others end with Docker",
        ),
        RUNTIMES,
        flags=("add-runtime",),
        merges=True,
        concern=_further_runtimes,
    ),
    Setting(
        "exec-opts",
        "its cgroup is made by this cgroup driver",
        CarriedOver("kubelet's cgroup driver, which every target is given"),
        LIST,
        flags=("exec-opt",),
    ),
    Setting(
        "userns-remap",
        "root in it is another user on the host",
        Reported(
            BLOCKER,
            "CRI-PF-USERNS-REMAP",
            "Docker maps root of every container to another user (userns-remap)",
            "%(title)s would run the same pods as real root: check whether that is acceptable",
            "userns-remap",
        ),
    ),
    Setting(
        "rootless",
        "root in it is the user that runs Docker",
        Reported(
            BLOCKER,
            "CRI-PF-ROOTLESS",
            "Docker runs without root (rootless)",
            "%(title)s would run the same pods as real root: check whether that is acceptable",
            "rootless",
        ),
        BOOL,
        variables=("ROOTLESSKIT_STATE_DIR",),
    ),
    Setting(
        "no-new-privileges",
        "no program in it can get more rights, as setuid programs do",
        Reported(
            BLOCKER,
            "CRI-PF-NO-NEW-PRIVILEGES",
            "Docker starts every container with no-new-privileges",
            "set allowPrivilegeEscalation: false in the pods, or let an admission policy require it",
            "no-new-privileges",
        ),
        BOOL,
    ),
    # The filter of pods with RuntimeDefault; all others have none (kubernetes 1.21.14,
    # pkg/kubelet/dockershim/helpers_linux.go).
    Setting(
        "seccomp-profile",
        "with the seccomp profile RuntimeDefault it has this filter of system calls",
        Reported(
            BLOCKER,
            "CRI-PF-SECCOMP-PROFILE",
            "Docker has its own seccomp profile: %(value)s",
            "put it into kubelet's folder seccomp and name it in the pods (type: Localhost), or accept the default"
            " of %(title)s",
            "seccomp-profile",
        ),
        defaults=("builtin", "default"),
    ),
    Setting(
        "selinux-enabled",
        "SELinux confines it on a host with SELinux",
        Reported(
            BLOCKER,
            "CRI-PF-SELINUX",
            "Docker gives containers SELinux labels (selinux-enabled)",
            "check that %(title)s does so too, and whether pods depend on it",
            "selinux-enabled",
        ),
        BOOL,
    ),
    # Not with hostPID or shareProcessNamespace (moby 20.10, daemon/oci_linux.go, withInit or WithCommonOptions).
    Setting(
        "init",
        "Docker's init is its first process, which ends orphaned processes and passes signals on",
        Reported(
            BLOCKER,
            "CRI-PF-INIT",
            "Docker starts an init process in every container (init)",
            "put an init such as tini into the images that need one, or set shareProcessNamespace in their pods",
            "init",
        ),
        BOOL,
    ),
    Setting(
        "cpu-rt-period",
        "its real-time processes get time in periods of this length",
        Reported(
            BLOCKER,
            "CRI-PF-CPU-REALTIME",
            "Docker limits real-time processes: cpu-rt-period %(value)s",
            "check whether pods have real-time processes: %(title)s gives them no time of their own",
            "cpu-realtime",
        ),
        NUMBER,
    ),
    Setting(
        "cpu-rt-runtime",
        "its real-time processes get this much time",
        Reported(
            BLOCKER,
            "CRI-PF-CPU-REALTIME",
            "Docker limits real-time processes: cpu-rt-runtime %(value)s",
            "check whether pods have real-time processes: %(title)s gives them no time of their own",
            "cpu-realtime",
        ),
        NUMBER,
    ),
    # moby 20.10, daemon/daemon_unix.go, adaptContainerSettings.
    Setting(
        "default-cgroupns-mode",
        "it sees the cgroups of the host, or only its own",
        Reported(
            BLOCKER,
            "CRI-PF-CGROUPNS",
            "Docker's cgroup namespaces are %(value)s, unlike those of CRI runtimes",
            "check whether programs in pods read /sys/fs/cgroup",
            "default-cgroupns-mode",
        ),
        concern=_unlike_a_runtimes,
    ),
    # For a root on a RAM disk (moby 20.10, libcontainerd/remote/client.go, NoPivotRoot).
    Setting(
        "no-pivot-root",
        "it starts on a host whose root is a RAM disk",
        Reported(
            BLOCKER,
            "CRI-PF-DOCKER-RAMDISK",
            "Docker starts containers without pivot_root, for a root on a RAM disk",
            "check that %(title)s can start containers on this host",
            "docker-ramdisk",
        ),
        BOOL,
        keys=(),
        flags=(),
        variables=("DOCKER_RAMDISK",),
        title="`DOCKER_RAMDISK`",
    ),
)
