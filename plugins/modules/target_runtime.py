#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: target_runtime
short_description: Plans what a node needs for its target runtime, and stages the files
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Renders the target's configuration out of what the node has, such as kubelet's cgroup driver and Docker's settings.
  - Stages the files by M(cri.switchover.stage_files). The installed target checks them there.
  - Compares what the target has read in the files with what was intended. The target ignores an unknown key without a
    message.
  - Packages are not installed, and the live files are not touched.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
    details:
      - Nothing is staged. On a node without the target, the files are not checked. RV(report) says so.
  diff_mode:
    support: full
    details:
      - The difference is between the B(live) files and the staged ones.
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  target:
    description: The target, such as V(containerd) or V(crio).
    type: str
    required: true
  info:
    description: What M(cri.switchover.node_runtime_info) returned for the node, read with this target.
    type: dict
    required: true
  options:
    description: The target's own options, by name. An empty one takes its default.
    type: dict
    default: {}
  state:
    description:
      - V(planned) returns the packages that the node lacks. It connects to no host.
      - V(staged) stages the files, and returns the whole plan.
    type: str
    choices:
      - planned
      - staged
    default: planned
  installed:
    description:
      - With O(state=staged), what M(cri.switchover.node_runtime_info) returned after the packages were installed. Only
        what an installation can change is taken from it.
      - If the packages have brought a network that would be used, this is an error.
    type: dict
    default: {}
seealso:
  - module: cri.switchover.stage_files
  - module: cri.switchover.cutover
"""

EXAMPLES = r"""
- name: Read the node
  cri.switchover.node_runtime_info:
    target: containerd
  become: true
  register: seen

- name: Stage containerd's files, and show what a switch would change
  cri.switchover.target_runtime:
    target: containerd
    state: staged
    info: "{{ seen.runtime_info }}"
    options:
      root: /data/containerd
  diff: true
  become: true
"""

RETURN = r"""
packages:
  description: Packages that the node lacks.
  returned: success
  type: list
  elements: str
  sample: [containerd, cri-tools]
package_manager:
  description: The node's package manager.
  returned: success
  type: str
  sample: apt
excluded_paths:
  description: Patterns of files of the packages that must not come to the node.
  returned: success
  type: list
  elements: str
reread:
  description: Whether the packages may change the plan, so that the node must be read again for O(installed).
  returned: success
  type: bool
files:
  description: The staged files, as M(cri.switchover.stage_files) returns them.
  returned: with O(state=staged)
  type: list
  elements: dict
runtime:
  description: The target.
  returned: with O(state=staged)
  type: str
  sample: containerd
version:
  description: Its release, installed or as the package sources offer it.
  returned: with O(state=staged)
  type: str
  sample: 1.6.20
version_prefix:
  description: What kubelet reports before the release.
  returned: with O(state=staged)
  type: str
  sample: containerd://
socket:
  description: Its CRI socket.
  returned: with O(state=staged)
  type: str
  sample: unix:///run/containerd/containerd.sock
service:
  description: Its systemd unit.
  returned: success
  type: str
  sample: containerd.service
handlers:
  description: Its runtime handlers, the default first.
  returned: with O(state=staged)
  type: list
  elements: dict
  sample: [{"name": "runc"}]
pause_image:
  description: The image of pod sandboxes.
  returned: with O(state=staged)
  type: str
  sample: registry.k8s.io/pause:3.6
store:
  description: Where it keeps images.
  returned: with O(state=staged)
  type: str
  sample: /var/lib/containerd
settings:
  description: All values that its configuration is rendered of.
  returned: with O(state=staged)
  type: dict
report:
  description: In check mode, what would be installed, and what cannot be checked yet.
  returned: with O(state=staged)
  type: list
  elements: str
reason:
  description: The token of a failure.
  returned: failure
  type: str
  sample: CRI-CONTAINERD-CONFIG
details:
  description: What belongs to RV(reason), as data.
  returned: failure
  type: dict
"""
