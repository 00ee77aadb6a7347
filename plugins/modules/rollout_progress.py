#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: rollout_progress
short_description: How far a rollout is, and whether it may continue
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Sorts the nodes of a plan by their outcome, which their hosts' fact C(switch_node_result) has.
  - A host that Ansible has removed from the play is lost, whatever its outcome was before.
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
  plan:
    description: What M(cri.switchover.rollout_plan) returned as RV(cri.switchover.rollout_plan#module:rollout).
    type: dict
    required: true
  after:
    description: What has just ended.
    type: str
    choices: [staging, batch, run]
    required: true
  max_failures:
    description: How many nodes may fail or be lost before no further batch starts.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Check whether the rollout may continue
  cri.switchover.rollout_progress:
    plan: "{{ rollout_result }}"
    after: batch
  run_once: true
  register: progress
"""

RETURN = r"""
message:
  description: Why the rollout stops, or an empty string if it may continue.
  returned: success
  type: str
progress:
  description: How far the rollout is.
  returned: success
  type: dict
  contains:
    failed:
      description: The hosts that failed.
      type: list
      elements: str
    lost:
      description: The hosts that Ansible has removed from the play.
      type: list
      elements: str
    waiting:
      description: The hosts that were never started.
      type: list
      elements: str
    done:
      description: The hosts that have ended well.
      type: list
      elements: str
    unprepared:
      description: The hosts whose preparation failed, and those that are lost.
      type: list
      elements: str
    moved:
      description: The runtime of each host that is done, by the name of its Node.
      type: dict
    on_target:
      description: RV(progress.moved), and the nodes that earlier runs switched. In check mode only those.
      type: dict
    reverted:
      description: Why each host is on Docker that has ended there.
      type: dict
    last_seen:
      description: What the journal of a host showed last, if the host is lost or could not be reached any more.
      type: dict
"""
