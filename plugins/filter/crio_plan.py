# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O as a target, for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio


def crio_plan(info, options=None):
    try:
        return crio.plan(info, options)
    except crio.CrioConfigError as exc:
        raise AnsibleFilterError("CRI-CRIO-PLAN: %s" % exc) from exc


class FilterModule:
    def filters(self):
        return {
            "crio_config_errors": crio.check,
            "crio_plan": crio_plan,
        }
