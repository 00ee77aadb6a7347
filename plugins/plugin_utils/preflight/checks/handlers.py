# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declared runtime handlers as findings; what is judged stands in _runtimes/handler_checks.py. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rights import CLASS_RIGHTS
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_checks, planned
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Facts, Findings

WHEN = (ON_SOURCE,)


def judge(node: str, info: Facts, declared: Any, target: Runtime, cluster: Cluster | None = None) -> Findings:
    """``declared``: switchover_handlers. Nothing declared is runc alone, which the target brings."""
    handlers = planned.parsed(declared)
    for item in handler_checks.judge(handlers, info, target):
        yield finding(
            BLOCKER if item["blocks"] else WARNING,
            item["token"],
            node,
            item["message"] + ("; it is optional, and left out here" if item["leaves_out"] else ""),
            item["remedy"],
            handler=item["handler"],
            runtime=item["runtime"],
        )
    rights = dig(cluster or {}, "rights", {})
    missing = [right for right in CLASS_RIGHTS if rights.get(right) is False]
    if missing and any(handler["runtime_class"] for handler in handlers):
        yield finding(
            BLOCKER,
            "CRI-PF-RIGHTS",
            node,
            "the credentials may not: %s, as switchover_handlers needs" % ", ".join(missing),
            "grant it to them: docs/rbac.yaml has the rule as a comment",
            rights=missing,
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.settings.get("handlers"), case.target, case.cluster)
