# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter gates."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gates
short_description: Evaluate the operator's own gates over what crictl and the API say of a node
version_added: 0.1.0
author: cri.switchover contributors (@cri-switchover)
description:
  - A gate is a JMESPath query with an expected result. All gates are evaluated; one that is not met is a result
    and not an error.
  - A gate that can never be evaluated (a query that does not parse, an unknown key or source) is an error that names
    it.
  - Given an empty dictionary as input, it only checks that the gates can be evaluated.
positional: gates
options:
  _input:
    description:
      - What is known of the node, as a dictionary by source.
      - C(crictl_info) and C(crictl_version) are the output of C(crictl info) and C(crictl version) in JSON. C(node) is
        the Node object.
    type: dict
    required: true
  gates:
    description: The gates.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the gate, for reports.
        type: str
        required: true
      query:
        description: A JMESPath expression.
        type: str
        required: true
      expect:
        description:
          - The result that meets the gate. A string also matches a number or a boolean that is written like it.
          - Without it, any result that is not null, false or empty meets the gate.
        type: raw
      source:
        description: What the query is asked of.
        type: str
        choices: [crictl_info, crictl_version, node]
        default: crictl_info
requirements:
  - jmespath, in the Python that runs the playbook
"""

EXAMPLES = r"""
- name: Check that pods keep their sandbox image
  ansible.builtin.set_fact:
    met: >-
      {{ {'crictl_info': info} | cri.switchover.gates([
           {'name': 'pause image', 'query': 'config.sandboxImage', 'expect': 'registry.k8s.io/pause:3.6'}]) }}
"""

RETURN = r"""
_value:
  description: A result for each gate, in order.
  type: list
  elements: dict
  contains:
    name:
      description: Name of the gate.
      type: str
    source:
      description: What was asked.
      type: str
    query:
      description: The query.
      type: str
    seen:
      description: Its result.
      type: raw
    wanted:
      description: The result that meets the gate.
      type: raw
    ok:
      description: Whether the gate is met.
      type: bool
    error:
      description: Why the query had no result. Only present then.
      type: str
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.module_utils._rollout.gates import GateError, evaluate


def gates(data: Any, gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each gate evaluated over ``data``. Raises AnsibleFilterError for gates that can never be evaluated."""
    if not isinstance(data, dict):
        raise AnsibleFilterError("cri.switchover.gates: the input is a dictionary by source, not %s" % type(data))
    try:
        return evaluate(data, gates)
    except GateError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """The filter, by the name that playbooks use."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """{name: function}, as Ansible asks for it."""
        return {"gates": gates}
