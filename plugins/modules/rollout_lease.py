#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: rollout_lease
short_description: Hold the Lease that keeps two rollouts on one cluster apart
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - The Lease is C(cri-switchover) in the namespace C(kube-system). Its C(holderIdentity) is a run's id.
  - It is acquired if no run holds it, or if its time is up by the API server's clock. It is also acquired if the
    process of the run that holds it was on this machine, and has ended.
  - Otherwise the module fails with C(CRI-LEASE-HELD). The failure names the run that holds it, and the seconds left.
  - If two runs write at the same time, one wins. The other one is refused.
extends_documentation_fragment:
  - cri.switchover.attributes
  - cri.switchover.attributes.cluster
  - cri.switchover.kubeconfig
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: The Lease changes with every renewal. RV(action) says what was done.
  idempotent:
    support: full
    details: A renewal counts as no change.
  platform:
    support: full
    platforms: posix
options:
  state:
    description:
      - V(held) acquires the Lease, or renews it.
      - V(released) releases it, if O(run_id) holds it.
    type: str
    choices: [held, released]
    default: held
  run_id:
    description: Identifies the run. The same run may acquire its Lease again as long as no other run has it.
    type: str
    required: true
  owner:
    description: Who runs it, for other runs that are refused.
    type: str
    default: ""
  process:
    description:
      - The process that runs it, as P(cri.switchover.run_process#lookup) returns it.
      - Without it, the Lease of a run that was killed stays until its time is up.
    type: str
    default: ""
  duration:
    description: Seconds for which it is held from now on. It must be longer than the longest time between two renewals.
    type: int
    default: 3600
"""

EXAMPLES = r"""
- name: Keep other rollouts away
  cri.switchover.rollout_lease:
    run_id: 20261125T130000Z-abcdef
    owner: "{{ lookup('ansible.builtin.env', 'USER') }}"
    process: "{{ lookup('cri.switchover.run_process') }}"
  delegate_to: localhost
  run_once: true

- name: Release it for other rollouts
  cri.switchover.rollout_lease:
    state: released
    run_id: 20261125T130000Z-abcdef
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
action:
  description:
    - What was done, or would be.
    - V(create) if there was no Lease, V(take) if no run held it any more, V(renew), V(release), or V(none).
  type: str
  returned: success
  sample: take
taken_from:
  description: The run that held the Lease until now, and whose process has ended. Null if there is none.
  type: str
  returned: when O(state=held) and it was successful
held_by:
  description: The other run, as C(run_id), C(owner) and C(seconds_left), the seconds until its time is up.
  type: dict
  returned: when another run holds the Lease
reason:
  description: Token of the failure.
  type: str
  returned: failure
  sample: CRI-LEASE-HELD
details:
  description: The failure as data.
  type: dict
  returned: failure
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import client_of
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.credentials import AUTH_SPEC
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._rollout import lease


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=dict(
            {
                "state": {"type": "str", "choices": ["held", "released"], "default": "held"},
                "run_id": {"type": "str", "required": True},
                "owner": {"type": "str", "default": ""},
                "process": {"type": "str", "default": ""},
                "duration": {"type": "int", "default": 3600},
            },
            **AUTH_SPEC,
        ),
        supports_check_mode=True,
    )
    params = module.params
    try:
        client = client_of(params)
        if params["state"] == "released":
            released = lease.release(client, params["run_id"], module.check_mode)
            module.exit_json(changed=released, action="release" if released else "none")
        run = {key: params[key] for key in ("run_id", "owner", "process", "duration")}
        done = lease.hold(client, run, module.check_mode)
        module.exit_json(changed=done["action"] != "renew", **done)
    except lease.Held as exc:
        module.fail_json(msg=str(exc), reason=exc.reason, held_by=exc.held_by, details={"held_by": exc.held_by})
    except KubeError as exc:
        module.fail_json(msg=str(exc), reason=exc.reason, details=exc.details)


if __name__ == "__main__":
    main()
