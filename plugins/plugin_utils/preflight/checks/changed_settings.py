# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that were changed since a node was switched: what its journal has of them, and what the host has now. Pure.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import WARNING, finding
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_TARGET, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings, Settings
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.shaping_settings import changes

WHEN = (ON_TARGET,)


def judge(node: str, info: Facts, settings: Settings) -> Findings:
    """A node that a run of this collection has switched. ``settings``: of shaping(), those that the host has now."""
    journal: Facts = info.get("journal") or {}
    found = changes(journal.get("settings") or {}, settings)
    said = ["%s was %s, is %s" % (item["setting"], _shown(item["old"]), _shown(item["new"])) for item in found]
    if found:
        yield finding(
            WARNING,
            "CRI-PF-SETTINGS-CHANGED",
            node,
            "it was switched with other settings (run %s): %s" % (journal.get("run_id"), "; ".join(said)),
            "this run does not apply them. To apply them, revert the node (revert.yml), then switch it with "
            "switchover_retry: true",
            changes=found,
        )


def _shown(value: Any) -> str:
    return "not set" if value in (None, "", [], {}) else json.dumps(value, sort_keys=True)


def check(case: Case) -> Findings:
    """A node that a run of this collection has switched."""
    if (case.info.get("journal") or {}).get("phase") and case.settings.get("shaping") is not None:
        yield from judge(case.host, case.info, case.settings["shaping"])
