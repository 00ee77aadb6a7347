#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: node_verification
short_description: Verifies a node that was switched, on the node and by the Kubernetes API
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Runs the module M(cri.switchover.cri_health) on the node once. Then verifies by the API that the node is alive and
    Ready, on its runtime, and that its own pods run there.
  - The node as it is now is the baseline. Pods of DaemonSets and static pods must stay Ready, if they are Ready now.
  - Waits until kubelet renews the node's Lease, which it does every 10 seconds by default.
  - A node on Docker is not verified, and the API is not asked about it.
  - It changes nothing, unless O(probe) is true.
  - What is not as required is a result, and no failure.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
    details:
      - In check mode it does the same, but never creates a pod.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  info:
    description:
      - What M(cri.switchover.node_runtime_info) returned as C(runtime_info). Empty if the node could not be read.
    type: dict
    required: true
  error:
    description: Why the node could not be read.
    type: str
    default: ""
  node_name:
    description: The node's name in the cluster. When empty, as O(info) has it.
    type: str
    default: ""
  kubeconfig:
    description: Path of a kubeconfig on the controller. When empty, the task's environment is used.
    type: path
  context:
    description: Context of the kubeconfig.
    type: str
  timeout:
    description: Seconds that the API may take to show the node as required.
    type: int
    default: 300
  handlers:
    description:
      - The runtime handlers of a node without a journal of its switch, as dictionaries with C(name) and C(optional).
      - A node with a journal has the handlers that it was switched with.
    type: list
    elements: dict
    default: []
  gates:
    description:
      - The operator's own conditions, for the filter P(cri.switchover.gates#filter).
      - Each is evaluated once, if nothing else is unmet.
    type: list
    elements: dict
    default: []
  probe:
    description: Whether a pod is started with each runtime handler, and removed again.
    type: bool
    default: false
  probe_namespace:
    description: The namespace of these pods.
    type: str
    default: kube-system
notes:
  - Needs root on the node, and the Python package C(kubernetes) on the controller. With O(gates), the controller needs
    C(jmespath), too.
  - The task's C(environment) is for requests to the API. It does not go to the node.
seealso:
  - module: cri.switchover.cri_health
  - module: cri.switchover.node_runtime_info
"""

EXAMPLES = r"""
- name: Read the node
  cri.switchover.node_runtime_info:
    images: false
  become: true
  register: seen

- name: Verify the node
  cri.switchover.node_verification:
    info: "{{ seen.runtime_info }}"
  become: true
  register: verification

- name: Show what is not as required
  ansible.builtin.debug:
    msg: "{{ verification.message }}"
"""

RETURN = r"""
verified:
  description: Whether the node is switched, and all of it is as required.
  returned: always
  type: bool
not_switched:
  description: Whether the node is on Docker, so that nothing was verified.
  returned: always
  type: bool
node_name:
  description: The node's name in the cluster.
  returned: always
  type: str
runtime:
  description: The runtime version, as the API has it.
  returned: always
  type: str
  sample: containerd://1.6.20
message:
  description: The result in one sentence.
  returned: always
  type: str
  sample: verified on containerd://1.6.20
unmet:
  description: What is not as required, each with C(reason), C(message) and C(details).
  returned: always
  type: list
  elements: dict
health:
  description: What M(cri.switchover.cri_health) found. It is empty if the module had no result, or was not run.
  returned: always
  type: dict
gates:
  description: Each gate with its result. It is empty if something else is unmet.
  returned: always
  type: list
  elements: dict
"""
