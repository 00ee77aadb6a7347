# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of a switch, for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import cgroup_v2
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError
from ansible_collections.cri.switchover.plugins.plugin_utils.target import target_of


def target_plan(info: dict[str, Any], target: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """All that a node needs for the target; ``info``: node_runtime_info's result."""
    runtime = target_of(target).configured(options or {})
    try:
        return runtime.plan(info)
    except RuntimeConfigError as exc:
        raise AnsibleFilterError("%s: %s" % (runtime.plan_token, exc)) from exc


def target_misread(printed: str, target: str, settings: dict[str, Any]) -> list[str]:
    """What the installed target read differently in the staged files."""
    return target_of(target).misread(printed, settings)


def cgroup_features(info: dict[str, Any], target: str) -> dict[str, str | None]:
    """What a node on cgroup v2 offers to pods on the target."""
    return cgroup_v2.features(info, target_of(target))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """{name: function}"""
        return {
            "cgroup_features": cgroup_features,
            "target_misread": target_misread,
            "target_plan": target_plan,
        }
