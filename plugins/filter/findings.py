# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the preflight, for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import cgroup_v2
from ansible_collections.cri.switchover.plugins.plugin_utils import settings
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge


class FilterModule:
    def filters(self):
        return {
            "cgroup_features": cgroup_v2.features,
            "findings": judge.judge_all,
            "findings_report": judge.report,
            "findings_summary": judge.summary,
            "settings_errors": settings.errors,
        }
