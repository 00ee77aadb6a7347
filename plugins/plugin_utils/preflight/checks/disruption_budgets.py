# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PodDisruptionBudgets that allow no eviction. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import FLEET, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import listed
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import Run
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Findings

RUN_NEEDS_API = True


def judge(cluster: Cluster) -> Findings:
    """Those that allow none now, and have pods. About the run as a whole."""
    tight = [
        "%s/%s" % (p.get("namespace"), p.get("name"))
        for p in cluster.get("pdbs") or []
        if p.get("allowed") == 0 and p.get("expected", 1) > 0
    ]
    if tight:
        yield finding(
            WARNING,
            "CRI-PF-PDB",
            FLEET,
            "these PodDisruptionBudgets allow no eviction now: %s" % listed(tight),
            "a drain waits for them until switchover_drain_timeout and then fails: check that their pods are healthy, "
            "or let them allow one disruption",
            pdbs=tight,
        )


def check_run(run: Run) -> Findings:
    """The whole run."""
    yield from judge(run.cluster)
