# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the whole run: one value for all hosts. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, FLEET, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import Run
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Assessment, Findings
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import RUN
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS

RUN_WIDE = {setting.name for setting in SETTINGS.values() if setting.scope == RUN}


def judge(assessments: list[Assessment]) -> Findings:
    """They are read once, of the first host: another value for other hosts would have no effect."""
    # The first one may be one that is skipped. A value that cannot be was refused before.
    given = [(item["host"], dig(item, "settings.given", {})) for item in assessments]
    for name in sorted(set(name for _host, values in given for name in values) & RUN_WIDE):
        first, wanted = given[0][0], SETTINGS[name].of(given[0][1])
        others = [host for host, values in given if SETTINGS[name].of(values) != wanted]
        if others:
            yield finding(
                BLOCKER,
                "CRI-PF-SETTINGS-DIFFER",
                FLEET,
                "%s is not the same for all hosts: %s differ from %s" % (name, listed(others), first),
                "it is a setting of the whole run: set it for the group all, or with -e",
                setting=name,
                hosts=others,
            )


def check_run(run: Run) -> Findings:
    """The whole run."""
    yield from judge(run.assessments)
