#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: handler_plan
short_description: Plans what declared runtime handlers need on a node, and checks them afterwards
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Compares declared runtime handlers with what the node has.
  - Optional handlers that cannot work on the node are left out.
  - Runs on the controller. It connects to no host, and installs nothing.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details: It changes nothing.
  idempotent:
    support: full
  platform:
    platforms: all
    support: full
options:
  state:
    description:
      - V(planned) returns what is to be installed.
      - V(checked) is for afterwards. It fails if a handler cannot work with what the node has then.
    type: str
    choices:
      - planned
      - checked
    default: planned
  handlers:
    description: The declared handlers, as C(switchover_handlers). If there is none, nothing is planned.
    type: list
    elements: dict
    required: true
  info:
    description:
      - What M(cri.switchover.node_runtime_info) returned for the node. It must have been read with these handlers and
        with this target.
    type: dict
    required: true
  target:
    description: The runtime that will serve the handlers, such as V(containerd) or V(crio).
    type: str
    default: containerd
  programs:
    description:
      - With O(state=checked), the programs that were installed since the node was read.
        M(cri.switchover.handler_binaries) returns them as C(facts).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Read the node with its handlers
  cri.switchover.node_runtime_info:
    handlers: "{{ switchover_handlers }}"
  become: true
  register: seen

- name: Plan what the handlers need
  cri.switchover.handler_plan:
    handlers: "{{ switchover_handlers }}"
    info: "{{ seen.runtime_info }}"
  register: plan

- name: Name the packages
  ansible.builtin.debug:
    msg: "{{ plan.packages }}"
"""

RETURN = r"""
packages:
  description: Packages that the node lacks.
  returned: with O(state=planned)
  type: list
  elements: str
  sample: [crun]
manager:
  description: The node's package manager.
  returned: with O(state=planned)
  type: str
  sample: apt
gvisor:
  description:
    - How gVisor's programs come to the node, or null. C(files) and C(package) are options of
      M(cri.switchover.handler_binaries).
    - C(local) are files of the controller that must be copied before. Each has C(path), C(sha512) and C(dest).
      C(lacking) says whether the node needs it.
  returned: with O(state=planned)
  type: dict
info:
  description: O(info) with O(programs).
  returned: with O(state=checked)
  type: dict
handlers:
  description: The names of the handlers that the target gets.
  returned: with O(state=checked)
  type: list
  elements: str
findings:
  description:
    - What keeps handlers from working. Each has C(handler), C(token), C(message) and C(remedy). C(leaves_out) says
      whether an optional handler is left out.
  returned: with O(state=checked)
  type: list
  elements: dict
report:
  description: In check mode, what would be installed, and what cannot be checked yet.
  returned: with O(state=checked)
  type: list
  elements: str
reason:
  description: The token of a failure.
  returned: failure
  type: str
  sample: CRI-HANDLERS
details:
  description: What belongs to RV(reason), as data.
  returned: failure
  type: dict
"""
