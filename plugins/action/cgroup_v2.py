# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a node's cgroup version, and plans the boot into v2: see plugin_utils/staging/cgroup_v2."""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.modules.cgroup_v2 import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import Action, argument_spec
from ansible_collections.cri.switchover.plugins.plugin_utils.staging.cgroup_v2 import assess
from ansible_collections.cri.switchover.plugins.plugin_utils.target import target_of


class ActionModule(Action):
    """The action cgroup_v2."""

    SPEC = argument_spec(DOCUMENTATION)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """See the documentation of the module of its name."""
        target = target_of(args["target"])
        return assess(task_vars["inventory_hostname"], args["info"], target, args["mode"])
