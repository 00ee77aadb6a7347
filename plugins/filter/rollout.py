# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout's planning for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.module_utils import _cutover_plan, _node_proof, _rollout


def clearly(function):
    """A RolloutError is the operator's to mend: as Ansible's own kind it comes without a traceback."""

    def called(*arguments, **named):
        try:
            return function(*arguments, **named)
        except _rollout.RolloutError as exc:
            raise AnsibleFilterError("CRI-ROLLOUT: %s" % exc) from exc

    return called


class FilterModule:
    def filters(self):
        return {
            "config_digest": _rollout.config_digest,
            "cutover_plan": _cutover_plan.build,
            "cluster_remembered": _node_proof.remembered,
            "docker_units": _cutover_plan.docker_units,
            "images_to_carry": _cutover_plan.images_to_carry,
            "node_state": _rollout.node_state,
            "rollout": clearly(_rollout.plan),
            "rollout_nodes": clearly(_rollout.nodes),
            "rollout_progress": _rollout.progress,
            "source_annotations": _cutover_plan.source_annotations,
            "target_annotations": _cutover_plan.target_annotations,
        }
