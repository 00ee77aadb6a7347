# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of preflight for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils import _cgroup_v2, _findings, _settings


class FilterModule:
    def filters(self):
        return {
            "cgroup_features": _cgroup_v2.features,
            "findings": _findings.judge_all,
            "findings_report": _findings.report,
            "findings_summary": _findings.summary,
            "settings_errors": _settings.errors,
        }
