# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration management that works on a node. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import listed
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

WHEN = (ON_SOURCE,)


def judge(node: str, info: Facts) -> Findings:
    """What would restore old files, or start Docker again, after a window or in the middle of it."""
    found = info.get("config_management") or []
    if found:
        yield finding(
            WARNING,
            "CRI-PF-CONFIG-MANAGEMENT",
            node,
            "configuration management works on this node: %s"
            % listed("%s %s" % (each["unit"], "runs" if each["active"] else "starts at boot") for each in found),
            "pause it for this run, and teach it the new runtime before it continues: it may undo files of kubelet "
            "and of the runtimes, or start a service that is stopped",
            units=found,
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info)
