# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: run_process
short_description: The process that runs the playbook
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Names the process on the controller that runs the playbook, by machine, process id and start time.
  - So M(cri.switchover.rollout_lease) can find out on the same machine whether that process still runs.
  - Empty if the operating system has no C(/proc).
options: {}
"""

EXAMPLES = r"""
- name: Show which process this is
  ansible.builtin.debug:
    msg: "{{ lookup('cri.switchover.run_process') }}"
"""

RETURN = r"""
_raw:
  description: The process, or an empty string.
  type: list
  elements: str
"""

import multiprocessing
import os

from ansible.plugins.lookup import LookupBase

from ansible_collections.cri.switchover.plugins.module_utils._common.process import identity


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        # Tasks are done by children that end with them.
        parent = multiprocessing.parent_process()
        return [identity(parent.pid if parent else os.getpid())]
