#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: check_settings
short_description: Checks the settings of a host before anything is read
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Reads the host's variables whose names begin with C(switchover_). Fails for unknown names and malformed values, and
    names all of them.
  - Fails if the files in C(switchover_before_drain_tasks) or C(switchover_after_uncordon_tasks) do not exist on the
    controller.
  - Fails if no host of the control plane is part of the run. Only the first host reports this.
  - Runs on the controller. It connects to no host and no API.
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
    description: The hosts of the run.
    type: list
    elements: str
    required: true
  require_control_plane:
    description:
      - Whether a host of the control plane must be among O(hosts). C(switchover_control_plane_group) names its group.
      - The exception V(no-control-plane) in C(switchover_allow) of any host turns this off.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Check this host's settings
  cri.switchover.check_settings:
    hosts: "{{ ansible_play_hosts_all }}"
"""

RETURN = r"""
shaping:
  description:
    - The settings that decide what stands on a node after its switch, by name and in their own types.
    - There is no secret among them.
  returned: success
  type: dict
  sample: {"switchover_target": "containerd", "switchover_cgroup_v2": "report"}
"""
