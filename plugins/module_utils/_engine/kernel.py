# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the running kernel: its modules, its sysctls, and the policy of the chain FORWARD."""

import contextlib
import os
import re

from .errors import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence, Tuple

    from .node import Node

    # Path below /proc/sys, value, whether it may fail.
    Setting = Tuple[str, str, bool]


def parse_sysctl(text: str) -> "List[Setting]":
    """sysctl.d text -> [(path below /proc/sys, value, may fail)]"""
    settings = []
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] in "#;" or "=" not in line:
            continue
        key, value = [part.strip() for part in line.split("=", 1)]
        optional = key.startswith("-")
        key = key.lstrip("-").strip()
        # Either separator may be the first one; the other then is part of a name, as an interface's dot is.
        first = re.search(r"[./]", key)
        if first and first.group() == ".":
            key = key.translate({ord("."): "/", ord("/"): "."})
        settings.append((key, value, optional))
    return settings


def sysctls(node: "Node", plan: "Dict[str, Any]") -> "List[Setting]":
    """What the plan's sysctl files will set: read where they are staged."""
    staged = dict((item["path"], item["staged"]) for item in plan["files"] if item["change"] == "write")
    settings: "List[Setting]" = []
    for path in plan["sysctl_files"]:
        settings += parse_sysctl(node.read(staged.get(path, path)).decode("utf-8"))
    return settings


def set_sysctl(node: "Node", key: str, value: str, optional: bool) -> None:
    """Set one, where it is not so already. optional: that it cannot be set is no failure."""
    try:
        if node.read("/proc/sys/" + key).decode("ascii").split() != value.split():
            with open(node.path("/proc/sys/" + key), "w") as stream:
                stream.write(value)
    except (IOError, OSError) as exc:
        if not optional:
            raise Failure("CRI-CUTOVER-SYSCTL", "%s = %s: %s" % (key, value, exc.strerror)) from exc


def load_modules(node: "Node", names: "Sequence[str]") -> None:
    """Load the kernel modules of these that are not loaded."""
    missing = [name for name in names if not os.path.isdir(node.path("/sys/module/" + name))]
    if missing:
        node.run(["modprobe", "-a"] + missing)


def forward_policy(text: str) -> "Optional[str]":
    """What becomes of packets that no rule takes, out of `iptables -S FORWARD`; None where it names none."""
    match = re.match(r"-P FORWARD (\w+)", text)
    return match.group(1) if match else None


def forward_policies(node: "Node") -> "Dict[str, str]":
    """{iptables or ip6tables: policy of FORWARD}, of those that are there."""
    found = {}
    for command in ("iptables", "ip6tables"):
        with contextlib.suppress(Failure):
            policy = forward_policy(node.run([command, "-w", "-S", "FORWARD"], check=False)[1])
            if policy:
                found[command] = policy
    return found


def restore_forward_policies(node: "Node", before: "Dict[str, str]") -> None:
    """As they were before.

    dockerd sets DROP only where it switches forwarding on itself; at a boot the target's files may have done that.
    """
    for command, policy in sorted(forward_policies(node).items()):
        wanted = before.get(command, policy)
        if policy != wanted:
            node.run([command, "-w", "-P", "FORWARD", wanted])
