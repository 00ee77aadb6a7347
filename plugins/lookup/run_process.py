# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup run_process."""

from __future__ import annotations

DOCUMENTATION = r"""
name: run_process
short_description: The process that runs the playbook
version_added: 0.2.0
author: cri.switchover contributors (@cri-switchover)
description:
  - Names the process on the controller that runs the playbook, by machine, id and the time it began.
  - With that M(cri.switchover.rollout_lease) knows on the same machine whether the process still runs.
  - Empty where the operating system has no C(/proc).
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

from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.cri.switchover.plugins.plugin_utils.run_process import run_process


class LookupModule(LookupBase):
    """The process that runs the playbook."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[str]:
        """Its identity, in a list of one."""
        return [run_process()]
