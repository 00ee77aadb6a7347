# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout's planning for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.plugin_utils import cutover_plan, verification
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import plan


def clearly(function):
    """The operator can fix a RolloutError: as an error of Ansible's own it comes without a traceback."""

    def called(*arguments, **named):
        try:
            return function(*arguments, **named)
        except plan.RolloutError as exc:
            raise AnsibleFilterError("CRI-ROLLOUT: %s" % exc) from exc

    return called


class FilterModule:
    def filters(self):
        return {
            "config_digest": plan.config_digest,
            "cutover_plan": cutover_plan.build,
            "cluster_remembered": verification.remembered,
            "docker_units": cutover_plan.docker_units,
            "images_to_carry": cutover_plan.images_to_carry,
            "node_state": plan.node_state,
            "rollout": clearly(plan.plan),
            "rollout_nodes": clearly(plan.nodes),
            "rollout_progress": plan.progress,
            "source_annotations": cutover_plan.source_annotations,
            "target_annotations": cutover_plan.target_annotations,
        }
