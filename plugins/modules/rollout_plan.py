#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: rollout_plan
short_description: Plans in which order and batches a run works on its nodes
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Nodes that an earlier run left unfinished come first, as a part of their own. Then come the nodes to switch or to
    revert.
  - In each part workers come first, zone by zone. No batch spans two zones. Then comes the control plane, one node at a
    time.
  - What each node needs is read from its host's fact C(preflight_node), which the role P(cri.switchover.preflight#role)
    sets. Hosts without what that role reads are left out.
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
  hosts:
    description: The hosts of the run, in their order.
    type: list
    elements: str
    required: true
  only:
    description: The hosts to work on, or all if empty. A name that is not among O(hosts) is an error.
    type: list
    elements: str
    default: []
  control_plane:
    description: The hosts of the control plane.
    type: list
    elements: str
    default: []
  cluster:
    description: >-
      What M(cri.switchover.preflight_findings) returned as RV(cri.switchover.preflight_findings#module:cluster).
    type: dict
    required: true
  goal:
    description: Whether the run switches the nodes, or reverts them to Docker.
    type: str
    choices: [switch, revert]
    default: switch
  topology_key:
    description: The label of a Node whose value is its zone.
    type: str
    default: topology.kubernetes.io/zone
  batches:
    description: Batch sizes for the workers, as numbers or percentages of all workers. The last one repeats.
    type: list
    elements: raw
    default: [1, 25%]
  forks:
    description: How many nodes Ansible works on at once. A larger batch is an error.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Plan the rollout
  cri.switchover.rollout_plan:
    hosts: "{{ ansible_play_hosts_all }}"
    control_plane: "{{ groups['kube_control_plane'] }}"
    cluster: "{{ preflight_result.cluster }}"
    forks: "{{ ansible_forks }}"
  run_once: true
  register: planned
"""

RETURN = r"""
rollout:
  description: The plan, which the role P(cri.switchover.rollout#role) sets as the fact C(rollout_result).
  returned: success
  type: dict
  contains:
    run:
      description:
        - What identifies this run. C(run_id), C(owner), C(process), C(created) and C(goal).
        - C(lease) says whether a Lease keeps other rollouts off. C(lease_s) is its duration in seconds.
        - C(baseline) is the cluster's health before the run. C(control_plane) has the hosts of the control plane.
      type: dict
    order:
      description: The hosts to work on, in this order.
      type: list
      elements: str
    serial:
      description: The sizes of the batches.
      type: list
      elements: int
    resume:
      description: The same two for the nodes that an earlier run left unfinished.
      type: dict
    states:
      description: What each node needs, by host, as P(cri.switchover.node_state#filter) says. Or V(excluded).
      type: dict
    node_names:
      description: The name of each host's Node.
      type: dict
    on_target:
      description: The runtime of each node that an earlier run switched, by the name of its Node.
      type: dict
    handlers:
      description: The runtime handlers of the hosts to work on, without the origins of programs.
      type: list
      elements: list
report:
  description: What will happen, in a few sentences.
  returned: success
  type: str
"""
