# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that were changed since a node was switched: what its journal has of them, and what the host has now. Pure.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_TARGET, RESUMED, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings, Settings
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.drift import (
    Change,
    changes,
    is_unrecorded,
    journal_of_switch,
)

WHEN = (ON_TARGET, RESUMED)


def judge(node: str, info: Facts, settings: Settings) -> Findings:
    """A node that a run of this collection has switched. ``settings``: of shaping(), those that the host has now."""
    journal, found = journal_of_switch(info), changes(info, settings)
    if found:
        yield finding(
            WARNING,
            "CRI-PF-SETTINGS-CHANGED",
            node,
            "settings were changed since it was switched (run %s): %s"
            % (journal.get("run_id"), "; ".join(map(_sentence, found))),
            "this run does not apply them. To apply them, revert the node (revert.yml), then switch it with "
            "switchover_retry: true",
            changes=found,
        )
    if is_unrecorded(info):
        yield finding(
            NOTE,
            "CRI-PF-SETTINGS-UNRECORDED",
            node,
            "its switch (run %s of cri.switchover %s) recorded no settings: what was changed since cannot be reported"
            % (journal.get("run_id"), journal.get("tool_version")),
            "nothing to do; to be sure that it has today's settings, revert it (revert.yml), then switch it with "
            "switchover_retry: true",
        )


def _sentence(change: Change) -> str:
    was = "" if change["old"] == change["new"] else "was %s, " % _shown(change["old"])
    node = " (the node has %s)" % change["node"] if change["node"] else ""
    return "%s %sis %s%s" % (change["setting"], was, _shown(change["new"]), node)


def _shown(value: Any) -> str:
    return "not set" if value in (None, "", [], {}) else json.dumps(value, sort_keys=True)


def check(case: Case) -> Findings:
    """A node that is on its target, or that an earlier run has left there unfinished."""
    if case.settings.get("shaping") is not None:
        yield from judge(case.host, case.info, case.settings["shaping"])
