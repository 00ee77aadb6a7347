# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a node that could not be read: what is not known cannot be judged. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

WHEN = FRESH


def minor_parts(info: Facts, target: Runtime | None) -> set[str]:
    """Parts that only help to decide; without the others nothing can be decided.

    They are those of runtimes that the node is neither on nor to be on.
    """
    in_use = dig(info, "runtime.in_use")
    found = {"kernel"} | {
        known.name
        for known in registry.RUNTIMES
        if known.name != in_use and not known.is_source and (target is None or known.name != target.name)
    }
    return found if dig(info, "runtime.shim") == "cri-dockerd" else found | {"cri_dockerd"}


def judge(node: str, info: Facts, target: Runtime | None = None) -> Findings:
    """Errors that node_runtime_info met while it read the node. ``target``: what it is to be switched to, if at all."""
    minor = minor_parts(info, target)
    errors = [("the machine", info["error"])] if info.get("error") else []
    errors += [
        (part, info[part]["error"])
        for part in sorted(info)
        if part != "journal" and isinstance(info[part], dict) and info[part].get("error")
    ]
    for part, error in errors:
        yield finding(
            WARNING if part in minor else BLOCKER,
            "CRI-PF-FACTS",
            node,
            "%s could not be read: %s" % (part, error if len(error) < 300 else "..." + error[-250:]),
            "fix what the message names and run again",
            part=part,
        )
    for pod in info.get("static_pods") or []:
        if isinstance(pod, dict) and pod.get("error"):
            yield finding(
                WARNING,
                "CRI-PF-STATIC-POD",
                node,
                "static pod %s could not be read: %s" % (pod.get("file"), pod["error"]),
                "check yourself that it mounts nothing of Docker's",
                file=pod.get("file"),
            )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.target)
