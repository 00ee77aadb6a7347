#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: preflight_findings
short_description: Reads the cluster, and finds what speaks against a switch or a revert
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Reads the cluster by M(cri.switchover.cluster_info). If it cannot be read, that is a finding.
  - Checks all hosts of a run together. Each has the fact C(preflight_node), which the role
    P(cri.switchover.preflight#role) sets.
  - Findings are blockers, warnings and notes. Blockers are no failure of this module.
  - Runs on the controller, and changes nothing. Call it once for all hosts.
extends_documentation_fragment:
  - cri.switchover.attributes
  - cri.switchover.attributes.cluster
  - cri.switchover.kubeconfig
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
    description: The hosts of the run. Those without the fact C(preflight_node) are left out.
    type: list
    elements: str
    required: true
  goal:
    description: What the run does with the nodes.
    type: str
    choices: [switch, revert]
    default: switch
  target:
    description: The runtime to switch to, for hosts that have no other one.
    type: str
  allow:
    description: Exceptions that count for the whole run. Those of each host are added.
    type: list
    elements: str
    default: []
  control_plane_group:
    description: The inventory's group of the control plane.
    type: str
    default: kube_control_plane
  node_group:
    description: The inventory's group of the workers.
    type: str
    default: kube_node
  batches:
    description: Batch sizes for the workers, as numbers or percentages.
    type: list
    elements: raw
    default: [1, 25%]
  forks:
    description: How many nodes Ansible works on at once.
    type: int
    required: true
  topology_key:
    description: The label of a Node whose value is its zone.
    type: str
    default: topology.kubernetes.io/zone
  require_capacity:
    description: Whether missing capacity for the pods of a batch is a blocker.
    type: bool
    default: false
  cluster:
    description:
      - What M(cri.switchover.cluster_info) returned as RV(cri.switchover.cluster_info#module:cluster).
      - Empty means that it is read now.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Find what speaks against a switch
  cri.switchover.preflight_findings:
    hosts: "{{ ansible_play_hosts_all }}"
    forks: "{{ ansible_forks }}"
  delegate_to: localhost
  run_once: true
  register: result
"""

RETURN = r"""
passed:
  description: Whether there is no blocker.
  returned: success
  type: bool
findings:
  description:
    - Those of the whole run come first, then host by host, blockers first.
    - Each has C(level), C(token), C(node), C(message), C(remedy), C(allowed), C(details) and C(allow). The last one is
      its exception for C(switchover_allow), or null.
  returned: success
  type: list
  elements: dict
report:
  description: The findings as lines for you.
  returned: success
  type: list
  elements: str
summary:
  description: Every blocker on a line of its own, or an empty string.
  returned: success
  type: str
cluster:
  description: >-
    What M(cri.switchover.cluster_info) returned, without most of what it says of pods. With C(error) if it could not be
    read.
  returned: success
  type: dict
"""
