# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""External controllers: others that restart, replace or write to nodes. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import FLEET, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.external_controllers import GROUPS
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import Run
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Findings

RUN_NEEDS_API = True


def judge(cluster: Cluster) -> Findings:
    """Those that cluster_info has found. About the run as a whole."""
    kured = (cluster.get("external_controllers") or {}).get("kured")
    if kured:
        restarting = " It restarts now: %s." % listed(kured["nodes"]) if kured["nodes"] else ""
        yield finding(
            WARNING,
            "CRI-PF-KURED",
            FLEET,
            "kured (DaemonSet %s) may restart a node in its window.%s" % (kured["daemonset"], restarting),
            "no batch begins while a node holds kured's lock. To keep kured from taking it, take it yourself",
            **kured,
        )
    for group in dig(cluster, "external_controllers.groups", []):
        yield finding(
            WARNING,
            "CRI-PF-EXTERNAL-CONTROLLER",
            FLEET,
            "the API serves %s" % group,
            GROUPS[group],
            group=group,
        )


def check_run(run: Run) -> Findings:
    """The whole run."""
    yield from judge(run.cluster)
