# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may not be there any more: processes of either runtime in the cgroups of pods, and what watches over them."""

import contextlib
import glob
import os
import re
import signal
import time

from .waiting import pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Collection, Dict, List, Optional, Set

    from .errors import Failure
    from .node import Node


def container_of(cgroup: str) -> "Optional[str]":
    """The container id at the end of a cgroup path of kubelet's pods, or None."""
    match = re.search(r"([0-9a-f]{64})(?:\.scope)?$", cgroup.rstrip("/"))
    return match.group(1) if match else None


def is_dockers(cgroup: str, docker_ids: "Collection[str]") -> bool:
    """Is this the cgroup of a container of Docker's? docker_ids: those that Docker knows."""
    leaf = cgroup.rstrip("/").rsplit("/", 1)[-1]
    return leaf.startswith("docker-") or container_of(cgroup) in docker_ids


def is_container_shim(argv: "List[str]", shims: "List[Dict[str, str]]") -> bool:
    """Whether a command line is that of a container shim of the target's. shims: the plan's, {program, argument} each.

    By its argument it is never one of Docker's shims (namespace moby), nor of Podman's monitors, which are the same
    programs.
    """
    program = os.path.basename(argv[0])
    return any(
        program.startswith(shim["program"]) and any(word.startswith(shim["argument"]) for word in argv[1:])
        for shim in shims
    )


def pod_processes(node: "Node") -> "Dict[int, str]":
    """{pid: cgroup path} of all that runs in kubelet's pod cgroups, version 1 and 2."""
    found: "Dict[int, str]" = {}
    top = node.path("/sys/fs/cgroup")
    for base in glob.glob(top + "/kubepods*") + glob.glob(top + "/*/kubepods*"):
        for directory, _unused, names in os.walk(base):
            if "cgroup.procs" not in names:
                continue
            try:
                with open(os.path.join(directory, "cgroup.procs")) as stream:
                    pids = stream.read().split()
            except OSError:
                continue
            for pid in pids:
                found[int(pid)] = directory[len(top) :]
    return found


def container_shims(node: "Node", shims: "List[Dict[str, str]]") -> "List[int]":
    """Pids of what watches over the target's containers. shims: as in is_container_shim()."""
    found = []
    for name in os.listdir(node.path("/proc")):
        if name.isdigit():
            try:
                argv = node.read("/proc/%s/cmdline" % name).decode("utf-8", "replace").split("\0")
            except OSError:
                continue
            if is_container_shim(argv, shims):
                found.append(int(name))
    return found


def kill_until_gone(
    find: "Callable[[], Collection[int]]", seconds: float, complaint: "Callable[[Collection[int]], Failure]"
) -> "Set[int]":
    """Kill the pids that find() names until it names none; returns those that were killed.

    complaint() makes the Failure, of those that are left when the seconds are over.
    """
    killed: "Set[int]" = set()
    end = time.monotonic() + seconds
    while True:
        left = find()
        if not left:
            return killed
        if time.monotonic() >= end:
            raise complaint(left)
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        pause()
