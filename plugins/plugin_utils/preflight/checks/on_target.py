# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that is on its target: what concerns a switch does not concern it any more. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import NOTE, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_TARGET, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Findings

WHEN = (ON_TARGET,)


def check(case: Case) -> Findings:
    """Whether there is anything left to do for it."""
    phase = (case.info.get("journal") or {}).get("phase") or ""
    yield finding(
        NOTE,
        "CRI-PF-DONE",
        case.host,
        "kubelet already uses %s (%s)" % (case.target.title, dig(case.info, "runtime.evidence", "")),
        "this run applies no changed settings: see CRI-PF-SETTINGS-CHANGED"
        if case.state == "drift"
        else "nothing to do"
        if phase == "finalized"
        else "it stays as it is: there is no journal of a switch, or Docker was removed for good",
    )
