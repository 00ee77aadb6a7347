#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: cgroup_v2
short_description: Checks a node's cgroup version, and plans the boot into cgroup v2
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Says which cgroup version a node has, and what pods could have of cgroup v2 on the target.
  - Plans the boot into v2 if that is enabled and needed. Only the engine carries the plan out, in a switch.
  - Runs on the controller. It connects to no host.
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
  info:
    description:
      - What M(cri.switchover.node_runtime_info) returned for the node.
      - To plan a boot, it must have been read with O(cri.switchover.node_runtime_info#module:boot=true).
    type: dict
    required: true
  target:
    description: The runtime that pods will run on, such as V(containerd) or V(crio).
    type: str
    default: containerd
  mode:
    description:
      - V(report) never fails because of the cgroup version.
      - V(require) fails for a node that is on v1, or hybrid.
      - V(enable) plans the boot of a node on v1 into v2, and fails if that cannot be tried for one boot.
    type: str
    choices:
      - report
      - require
      - enable
    default: report
"""

EXAMPLES = r"""
- name: Read the node and its boot loader
  cri.switchover.node_runtime_info:
    boot: true
  become: true
  register: seen

- name: Plan the boot into cgroup v2
  cri.switchover.cgroup_v2:
    info: "{{ seen.runtime_info }}"
    mode: enable
  register: cgroups
"""

RETURN = r"""
version:
  description: The cgroup version that the node has. Null if it could not be read.
  returned: success
  type: int
  sample: 1
wanted:
  description: The version that it is to have.
  returned: success
  type: int
  sample: 2
boot:
  description:
    - The plan of the boot, or nothing if none is needed. C(files) are those that it writes, with their contents.
    - C(once) and C(undo) are commands for the boot that is tried. C(permanent) and C(undo_permanent) are those for the
      confirmation.
  returned: success
  type: dict
features:
  description: What pods could have of cgroup v2 on the target. Null for what is available, else what it needs.
  returned: success
  type: dict
  sample: {"memory QoS": "kubelet 1.22", "PSI": "kubelet 1.33", "user namespaces": null}
findings:
  description: What the preflight would say about the node's cgroups.
  returned: success
  type: list
  elements: dict
report:
  description: The same as lines.
  returned: success
  type: list
  elements: str
info:
  description: O(info) as it will be, on v2 with the cgroup driver systemd if a boot is planned.
  returned: success
  type: dict
reason:
  description: The token of a failure.
  returned: failure
  type: str
  sample: CRI-PF-CGROUP-V1
details:
  description: What belongs to RV(reason), as data.
  returned: failure
  type: dict
"""
