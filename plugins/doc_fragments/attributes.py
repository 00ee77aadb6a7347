# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the attributes of modules mean. Each module says how it supports them."""


class ModuleDocFragment:
    """The documentation fragments cri.switchover.attributes and cri.switchover.attributes.cluster."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: In check mode it changes nothing, and returns what it would return otherwise.
  diff_mode:
    description: In diff mode it returns what it changed. In check mode too, it returns what it would change.
  idempotent:
    description: A second run with the same arguments changes nothing.
  platform:
    description: The systems on which it runs.
"""

    # For modules that reach the cluster by its API, see meta/runtime.yml.
    CLUSTER = r"""
options: {}
attributes:
  action_group:
    description: With C(module_defaults) for C(group/cri.switchover.cluster), you set O(kubeconfig) and others once.
    support: full
    membership:
      - cri.switchover.cluster
"""
