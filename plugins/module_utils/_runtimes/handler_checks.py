# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do declared runtime handlers fit the node, the target runtime and each other? Pure: no I/O.

Every minimum version stands here once, with its source; those of gVisor stand in gvisor_checks. Private to this
collection: there is no promise that it stays as it is.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.gvisor_checks import judge_runsc
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_programs import (
    is_not_offered,
    program,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Problem, Runtime

    Handler = Dict[str, Any]

# crun's NEWS, 1.14.2 and 1.14.3: before, crun refuses each configuration of a newer version of the OCI runtime spec
# ("unknown version specified"; 1.8.1 runs 1.1.0, and refuses 1.2.0). containerd writes 1.2 from 2.0 on, CRI-O from
# 1.30 on (go.mod of their releases).
CRUN_WITH_NEW_SPEC = (1, 14, 3)
# crun's NEWS, 0.12.2: "fixed several issues with cgroup v2 and the cgroupfs driver"; devices came with 0.7.
CRUN_WITH_CGROUP_V2 = (0, 12, 2)
# runc's docs/cgroup-v2.md: "fully supports cgroup v2 since v1.0.0-rc93".
RUNC_WITH_CGROUP_V2 = (1, 0, 0, 93)


def release_of_runc(text: "Optional[str]") -> "Optional[Tuple[int, ...]]":
    """(1, 1, 5, 1000): a release comes after all of its candidates, 1.0.0-rc93 as (1, 0, 0, 93)."""
    found = version(text)
    candidate = re.search(r"[~-]rc\.?(\d+)", str(text or ""))
    return None if found is None else found + (int(candidate.group(1)) if candidate else 1000,)


def judge(handlers: "List[Handler]", info: "Dict[str, Any]", target: "Runtime") -> "List[Dict[str, Any]]":
    """What keeps handlers from working here: [{handler, runtime, token, blocks, leaves_out, text, remedy}].

    ``handlers``: of handlers.parse(); ``info``: node_runtime_info's result, read with these handlers;
    ``target``: its class. Only a version that is known can be too old: what was not seen is no problem.
    """
    found = []
    for handler in handlers:
        for token, blocks, text, remedy in _JUDGES[handler["runtime"]](handler, info, target):
            found.append(
                {
                    "handler": handler["name"],
                    "runtime": handler["runtime"],
                    "token": token,
                    # An optional handler is left out, and the node is switched without it.
                    "blocks": blocks and not handler["optional"],
                    "leaves_out": blocks and handler["optional"],
                    "message": "handler %s: %s" % (handler["name"], text),
                    "remedy": remedy,
                }
            )
    return found


def usable(
    handlers: "List[Handler]", info: "Dict[str, Any]", target: "Runtime"
) -> "Tuple[List[Handler], List[Dict[str, Any]]]":
    """(handlers that the target gets, what judge() found): without the optional ones that cannot work here."""
    found = judge(handlers, info, target)
    left_out = set(item["handler"] for item in found if item["leaves_out"])
    return [handler for handler in handlers if handler["name"] not in left_out], found


def _judge_program(handler: "Handler", info: "Dict[str, Any]", target: "Runtime") -> "Iterator[Problem]":
    """A program that will not be installed, or that does not even start."""
    name, given = handler["runtime"], handler["options"].get("binary")
    found = program(info, name)
    if found and not found.get("version"):
        yield (
            "CRI-PF-HANDLER-BROKEN",
            True,
            "%s --version does not print a version" % found["path"],
            "run it on the node to see why",
        )
    if found or dig(info, "handlers.programs") is None:
        return
    if given:
        yield (
            "CRI-PF-HANDLER-MISSING",
            True,
            "this node has no %s" % given,
            "put it there, or leave option binary out to have the package installed",
        )
    elif is_not_offered(info, name):
        unsure = target.may_bring(handler, info)
        yield (
            "CRI-PF-HANDLER-MISSING",
            not unsure,
            "this node has no %s, and no package source is known to offer it%s"
            % (name, "; %s's packages may contain it" % target.title if unsure else ""),
            "add the source that has it, or refresh it (apt-get update), or name the program by option binary",
        )


def _judge_runc(handler: "Handler", info: "Dict[str, Any]", target: "Runtime") -> "Iterator[Problem]":
    yield from _judge_program(handler, info, target)
    seen = program(info, "runc").get("version")
    release = release_of_runc(seen)
    if dig(info, "cgroup.version") == 2 and release and release < RUNC_WITH_CGROUP_V2:
        yield (
            "CRI-PF-HANDLER-RUNC",
            True,
            "runc %s is older than 1.0.0-rc93, the first to support cgroup v2 fully (its docs/cgroup-v2.md)" % seen,
            "upgrade runc",
        )


def _judge_crun(handler: "Handler", info: "Dict[str, Any]", target: "Runtime") -> "Iterator[Problem]":
    yield from _judge_program(handler, info, target)
    crun = program(info, "crun")
    text = crun.get("version") or dig(info, "packages.candidates", {}).get("crun")
    seen, runtime = version(text), target.release(info)
    if seen is None:
        return
    if runtime and target.oci_spec_1_2 and runtime >= target.oci_spec_1_2 and seen < CRUN_WITH_NEW_SPEC:
        unsure = target.may_bring(handler, info)
        yield (
            "CRI-PF-HANDLER-CRUN",
            # Seen with CRI-O 1.34.0 and crun 1.8.1: "container create failed: unknown version specified".
            not unsure,
            "crun %s refuses what %s %s writes, a configuration of OCI runtime spec 1.2 (crun's NEWS, 1.14.3)%s"
            % (
                text,
                target.title,
                dotted(runtime),
                "; %s's packages may contain another" % target.title if unsure else "",
            ),
            "install crun 1.14.3 or newer, or name it by option binary",
        )
    if dig(info, "cgroup.version") == 2 and seen < CRUN_WITH_CGROUP_V2:
        yield (
            "CRI-PF-HANDLER-CRUN",
            True,
            "crun %s is older than 0.12.2, the first without known faults on cgroup v2 (crun's NEWS)" % text,
            "upgrade crun",
        )
    features = crun.get("features")
    if features and dig(info, "kubelet.cgroup_driver") == "systemd" and "SYSTEMD" not in features:
        yield (
            "CRI-PF-HANDLER-CRUN",
            True,
            "crun was built without systemd (it has %s), and kubelet's cgroup driver is systemd" % ", ".join(features),
            "install a crun that `crun --version` shows +SYSTEMD for",
        )


_JUDGES = {"runc": _judge_runc, "crun": _judge_crun, "runsc": judge_runsc}
