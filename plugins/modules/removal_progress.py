#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: removal_progress
short_description: How far the removal of Docker is, and whether it may continue
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Reads the fact C(remove_docker_result) of each host, which the role P(cri.switchover.remove_docker#role) sets.
  - A host that Ansible has removed from the play is lost.
  - A reason to stop is no failure of this module. RV(message) has it.
  - Runs on the controller, and changes nothing. Call it once for all hosts.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: all
    support: full
options:
  after:
    description: What has just ended.
    type: str
    choices: [check, batch]
    required: true
  only:
    description: The hosts to work on. A name that is not a host of the play is a reason to stop after the check.
    type: list
    elements: str
    default: []
  control_plane:
    description: The hosts of the control plane, which come last, one at a time.
    type: list
    elements: str
    default: []
  forks:
    description: How many nodes Ansible works on at once. No batch is larger.
    type: int
    default: 5
  plan:
    description: What this module returned as RV(rollout) after the check.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Plan the removal, or say what blocks it
  cri.switchover.removal_progress:
    after: check
    control_plane: "{{ groups['kube_control_plane'] }}"
  run_once: true
  register: removal
"""

RETURN = r"""
message:
  description: Why the removal stops, or an empty string if it may continue.
  returned: success
  type: str
rollout:
  description: C(order) and C(serial), the hosts to work on and the sizes of their batches.
  returned: after the check
  type: dict
"""
