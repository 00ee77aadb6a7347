# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup planned."""

from __future__ import annotations

DOCUMENTATION = r"""
name: planned
short_description: A part of the plan of a rollout
version_added: 0.2.0
author: cri.switchover contributors (@cri-switchover)
description:
  - The plan is the fact C(rollout_result), which the role P(cri.switchover.rollout#role) sets for all hosts of a play.
  - The keywords C(hosts) and C(serial) of a later play see no facts, but this lookup.
  - Without a plan, and without hosts in it, the play has no host.
  - In tasks it takes one part out of the plan. A template that names the fact would go through all of it.
options:
  _terms:
    description:
      - V(order) and V(serial) are the hosts to work on, and the sizes of their batches.
      - V(resume) and V(resume_serial) are the same for the nodes that an earlier run left unfinished.
      - V(run) identifies the run. V(handlers) are the runtime handlers of its hosts.
      - V(state) is what this host's node needs. V(baseline) is the node before the run, as
        M(cri.switchover.cluster_info) read it.
    type: list
    elements: str
    choices: [order, serial, resume, resume_serial, run, handlers, state, baseline]
    required: true
  fact:
    description: The fact that has the plan. The role P(cri.switchover.remove_docker#role) sets C(remove_docker_plan).
    type: str
    default: rollout_result
"""

EXAMPLES = r"""
- name: Work on the planned hosts, batch by batch
  hosts: "{{ lookup('cri.switchover.planned', 'order') }}"
  serial: "{{ lookup('cri.switchover.planned', 'serial') }}"
  gather_facts: false
  tasks:
    - name: Show what the node needs
      ansible.builtin.debug:
        msg: "{{ lookup('cri.switchover.planned', 'state') }}"
"""

RETURN = r"""
_raw:
  description: The part of the plan.
  type: list
  elements: raw
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

# A pattern that no host matches, and a size that means nothing then.
_NOBODY = ["all", "!all"]
_ONE = [1]
Variables = Mapping[str, Any]

_PARTS: dict[str, Callable[[Variables, Variables], Any]] = {
    "order": lambda plan, host: plan.get("order") or _NOBODY,
    "serial": lambda plan, host: plan.get("serial") or _ONE,
    "resume": lambda plan, host: (plan.get("resume") or {}).get("order") or _NOBODY,
    "resume_serial": lambda plan, host: (plan.get("resume") or {}).get("serial") or _ONE,
    "run": lambda plan, host: plan["run"],
    "handlers": lambda plan, host: plan["handlers"],
    "state": lambda plan, host: plan["states"][host["inventory_hostname"]],
    "baseline": lambda plan, host: _baseline(plan["node_names"][host["inventory_hostname"]], host),
}


class LookupModule(LookupBase):
    """A part of the plan."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[Any]:
        """The part, in a list of one. Raises AnsibleError for what is no part of a plan."""
        if len(terms) != 1 or terms[0] not in _PARTS:
            raise AnsibleError("wanted: one of %s, not %s" % (", ".join(_PARTS), ", ".join(map(str, terms))))
        host: Variables = variables or {}
        try:
            return [_PARTS[terms[0]](_plan(host, kwargs.get("fact", "rollout_result")), host)]
        except KeyError as exc:
            text = "there is no plan with %s for this host: the role cri.switchover.rollout makes it" % exc
            raise AnsibleError(text) from exc


def _plan(host: Variables, fact: str) -> Variables:
    """The plan, as this host has it, or for a play's keywords the first host that has it; {} before it is made."""
    if fact in host:
        return host[fact]
    hostvars: Any = host.get("hostvars") or {}
    # Without templating: a plan has no templates, and the other variables of a host are not asked for.
    raw = getattr(hostvars, "raw_get", hostvars.get)
    for name in hostvars:
        found = raw(name).get(fact)
        if found:
            return found
    return {}


def _baseline(node: str, host: Variables) -> Variables:
    """What the preflight read of a node; {} where the API was not asked."""
    return ((host["preflight_result"].get("cluster") or {}).get("nodes") or {}).get(node) or {}
