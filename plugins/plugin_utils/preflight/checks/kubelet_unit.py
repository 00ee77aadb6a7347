# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dependencies of kubelet's unit on what will be stopped. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import SHIM_UNITS
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

WHEN = (ON_SOURCE,)

OLD_UNITS = ("docker.service", "docker.socket") + SHIM_UNITS


def judge(node: str, info: Facts) -> Findings:
    """Docker's units, and those of cri-dockerd, that kubelet's unit names."""
    tied = sorted(
        set(
            unit
            for kind in ("requires", "requisite", "binds_to", "part_of", "wants")
            for unit in dig(info, "kubelet.dependencies." + kind, [])
            if unit in OLD_UNITS
        )
    )
    if tied:
        yield finding(
            WARNING,
            "CRI-PF-KUBELET-UNIT",
            node,
            "%s depends on %s" % (dig(info, "kubelet.unit", "kubelet.service"), listed(tied)),
            "its unit is rewritten without that in the window; the old one is kept for a revert",
            units=tied,
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info)
