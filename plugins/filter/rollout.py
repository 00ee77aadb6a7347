# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout's planning for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.plugin_utils import cutover_plan
from ansible_collections.cri.switchover.plugins.plugin_utils.compact_cluster import compact_cluster
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.errors import RolloutError
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.nodes import nodes
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.plan import plan
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.progress import progress
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.shaping_settings import shaping
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.states import node_state
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import SettingError


def shaping_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that shape a node, in their own types; ``settings``: this host's switchover_*."""
    try:
        return shaping(settings)
    except SettingError as exc:
        raise AnsibleFilterError(str(exc)) from exc


def without_traceback(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose RolloutError becomes an error of Ansible's own kind: the operator fixes it, no developer."""

    @functools.wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except RolloutError as exc:
            raise AnsibleFilterError("CRI-ROLLOUT: %s" % exc) from exc

    return called


class FilterModule:
    """The filters of planning, by the names that playbooks use."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """{name: function}, as Ansible asks for it."""
        return {
            "cutover_plan": cutover_plan.build,
            "compact_cluster": compact_cluster,
            "docker_units": cutover_plan.docker_units,
            "images_to_transfer": cutover_plan.images_to_transfer,
            "node_state": node_state,
            "shaping_settings": shaping_settings,
            "rollout": without_traceback(plan),
            "rollout_nodes": without_traceback(nodes),
            "rollout_progress": progress,
            "source_annotations": cutover_plan.source_annotations,
            "target_annotations": cutover_plan.target_annotations,
        }
