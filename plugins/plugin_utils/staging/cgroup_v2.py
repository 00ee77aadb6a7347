# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's cgroup version as it is and as it is wanted, and the boot that leads there. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import boot_entry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.pod_features import features
from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cgroup_v2 import judge
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.report import report
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts


def assess(host: str, info: Facts, target: Runtime, mode: str) -> dict[str, Any]:
    """The result of the action cgroup_v2, as its documentation has it.

    ``host``: its name, for messages; ``info``: of node_runtime_info; ``mode``: one of cgroup_v2.MODES. Raises
    ActionError, but never with the mode report.
    """
    version = dig(info, "cgroup.version")
    if version is None and mode != "report":
        seen = dig(info, "cgroup.error") or "no facts about it"
        raise ActionError("CRI-CGROUP-UNKNOWN", "%s: the cgroup version could not be read: %s" % (host, seen))
    findings = list(judge(host, info, target, mode))
    blockers = [item for item in findings if item["level"] == BLOCKER]
    if blockers and mode != "report":
        text = "; ".join("%s. To fix it: %s" % (item["message"], item["remedy"]) for item in blockers)
        raise ActionError(blockers[0]["token"], "%s: %s" % (host, text), findings=findings)
    boots = mode == "enable" and version == 1
    future = on_v2(info) if boots else info
    return {
        "changed": False,
        "version": version,
        "wanted": version if mode == "report" else 2,
        # No error is left: the findings above have planned it, too.
        "boot": boot_entry.plan(dig(info, "boot", {})) if boots else {},
        "features": features(future, target),
        "findings": findings,
        "report": report(findings),
        "info": future,
    }


def on_v2(info: Facts) -> Facts:
    """The node's facts as they will be after the boot: on v2, with the driver that kubelet and runtime then have."""
    return dict(
        info,
        cgroup=dict(info["cgroup"], version=2),
        kubelet=dict(info["kubelet"], cgroup_driver="systemd"),
    )
