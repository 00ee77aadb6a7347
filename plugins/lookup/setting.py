# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup setting."""

from __future__ import annotations

DOCUMENTATION = r"""
name: setting
short_description: The value of a setting of this collection
version_added: 0.2.0
author: cri.switchover contributors (@cri-switchover)
description:
  - Reads a variable whose name begins with C(switchover_), and gives its value in its own type.
  - Surveys and C(-e name=value) deliver text. A list as text is divided by commas or newlines, or is JSON or YAML.
  - A variable that is not set, or that is empty text, has the setting's default.
  - If any setting of the host is wrong, the error names all that are wrong.
options:
  _terms:
    description: The name of one setting.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show how long a drain of this host may take
  ansible.builtin.debug:
    msg: "{{ lookup('cri.switchover.setting', 'switchover_drain_timeout') }}"
"""

RETURN = r"""
_raw:
  description: The value.
  type: list
  elements: raw
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.errors import errors
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import PREFIX, SettingError
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS


class LookupModule(LookupBase):
    """The value of a setting."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[Any]:
        """Its value, in a list of one. Raises AnsibleError for no setting, and for settings that are wrong."""
        if len(terms) != 1 or terms[0] not in SETTINGS:
            raise AnsibleError(
                "wanted: the name of one setting of this collection, not %s" % ", ".join(map(str, terms))
            )
        name = terms[0]
        given: Mapping[str, Any] = variables or {}
        try:
            return [SETTINGS[name].read(self._templar.template(given[name]) if name in given else "")]
        except SettingError:
            values = {other: self._templar.template(given[other]) for other in given if other.startswith(PREFIX)}
            raise AnsibleError("\n".join(errors(values))) from None
