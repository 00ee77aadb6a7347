# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a node's cgroup version, and plans the boot into v2: see plugin_utils/staging/cgroup_v2."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.cri.switchover.plugins.modules.cgroup_v2 import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import argument_spec
from ansible_collections.cri.switchover.plugins.plugin_utils.staging.cgroup_v2 import assess
from ansible_collections.cri.switchover.plugins.plugin_utils.staging.errors import StagingError
from ansible_collections.cri.switchover.plugins.plugin_utils.target import target_of


class ActionModule(ActionBase):
    """The action cgroup_v2."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """See the documentation of the module of its name."""
        super().run(tmp, task_vars)
        _validated, args = self.validate_argument_spec(argument_spec=argument_spec(DOCUMENTATION))
        try:
            target = target_of(args["target"])
            return assess((task_vars or {})["inventory_hostname"], args["info"], target, args["mode"])
        except StagingError as exc:
            return exc.result()
