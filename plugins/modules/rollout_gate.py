#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: rollout_gate
short_description: Wait until a cluster is healthy enough for the next nodes to leave it
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Checks the cluster again and again, until all conditions are met. Fails if a condition stays unmet for O(timeout)
    seconds. The conditions follow.
  - Nodes that were switched are Ready on their runtime, and renew their Lease by the API server's clock.
  - No Deployment, StatefulSet or DaemonSet that had its pods ready before the run has fewer now.
  - C(/readyz) of the API server answers. This covers its connection to etcd.
  - Pods of the control plane that were Ready before the run are Ready. These are in C(kube-system) and have kubeadm's
    label C(component).
  - If there are three or more pods of etcd, enough of them are Ready without those on the nodes of O(upcoming).
  - No node holds the lock of kured, if kured is there.
  - With O(require_capacity), the nodes that stay have capacity for the pods of O(upcoming).
  - The operator's own gates are met.
  - The module renews the Lease of M(cri.switchover.rollout_lease) with each check. If it fails, it releases the Lease,
    because then the rollout ends.
extends_documentation_fragment:
  - cri.switchover.attributes
  - cri.switchover.attributes.cluster
  - cri.switchover.kubeconfig
attributes:
  check_mode:
    support: full
    details: Checks once, reports what is unmet, and does not fail for it.
  diff_mode:
    support: N/A
    details: It changes nothing but the Lease.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
options:
  run_id:
    description: Identifies the run.
    type: str
    required: true
  owner:
    description: Who runs it, for the Lease.
    type: str
    default: ""
  process:
    description: The process that runs it, for the Lease, as P(cri.switchover.run_process#lookup) returns it.
    type: str
    default: ""
  lease_duration:
    description: Seconds for which each check renews the Lease. With V(0) the Lease is left alone.
    type: int
    default: 0
  nodes:
    description:
      - Names of the Node objects that this run has switched, each with its runtime V(docker), V(containerd) or V(crio).
    type: dict
    default: {}
  upcoming:
    description: Names of the Node objects that come next.
    type: list
    elements: str
    default: []
  waiting:
    description: Inventory names of all hosts that are not started, for the message of a failure.
    type: list
    elements: str
    default: []
  baseline:
    description:
      - What M(cri.switchover.cluster_info) returned as C(baseline) before the run.
      - Without it, every workload must have its pods ready.
    type: dict
    default: {}
  gates:
    description:
      - The operator's own gates, as dictionaries with C(name) and C(query), a JMESPath expression over a list of
        objects of the API.
      - C(source) says which objects of the whole cluster these are. V(nodes) is the default. Others are
        V(poddisruptionbudgets) and V(deployments).
      - C(expect) is the result that meets the gate. A string also matches a number or a boolean that is written like
        it. Without it, any result that is not null, false or empty meets the gate.
    type: list
    elements: dict
    default: []
  require_capacity:
    description:
      - Whether the other nodes must have capacity for the pods of all nodes in O(upcoming) together.
      - The CPU and memory that these pods request, and their number, are compared with what is free. That is the sum
        over all nodes that take pods. Pods of DaemonSets and static pods do not count. Whether each pod fits is not
        checked.
      - This is checked last, once all else is met and O(soak) is over, because it reads all pods of the cluster.
    type: bool
    default: false
  soak:
    description: Seconds that must pass in any case.
    type: int
    default: 0
  timeout:
    description: Seconds for which a condition may stay unmet, during O(soak) or after it.
    type: int
    default: 300
requirements:
  - jmespath (Python package), if there are O(gates)
"""

EXAMPLES = r"""
- name: Wait until the cluster is healthy before the next nodes leave it
  cri.switchover.rollout_gate:
    run_id: 20261125T130000Z-abcdef
    nodes:
      worker-1: containerd
    upcoming: [worker-2, worker-3]
    baseline: "{{ answer.cluster.baseline }}"
    soak: 600
    gates:
      - name: nothing else is cordoned
        query: "length([?spec.unschedulable])"
        expect: 0
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
unmet:
  description: What is not met, as C(reason) (a token), C(message) and C(details).
  type: list
  elements: dict
  returned: unless another run holds the Lease
checks:
  description: How many checks were made.
  type: int
  returned: unless another run holds the Lease
seconds:
  description: How long it took.
  type: float
  returned: always
reason:
  description: Token of the failure, V(CRI-BATCH-GATE), V(CRI-LEASE-HELD), or what was wrong with gates or credentials.
  type: str
  returned: failure
  sample: CRI-BATCH-GATE
details:
  description: The failure as data, such as C(unmet) and C(waiting).
  type: dict
  returned: failure
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import client_of
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.credentials import AUTH_SPEC
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._rollout import gates, health, lease, polling
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Unmet = List[Dict[str, Any]]  # of health.unmet()

ARGUMENT_SPEC: "Dict[str, Dict[str, Any]]" = {
    "run_id": {"type": "str", "required": True},
    "owner": {"type": "str", "default": ""},
    "process": {"type": "str", "default": ""},
    "lease_duration": {"type": "int", "default": 0},
    "nodes": {"type": "dict", "default": {}},
    "upcoming": {"type": "list", "elements": "str", "default": []},
    "waiting": {"type": "list", "elements": "str", "default": []},
    "baseline": {"type": "dict", "default": {}},
    "gates": {"type": "list", "elements": "dict", "default": []},
    "require_capacity": {"type": "bool", "default": False},
    "soak": {"type": "int", "default": 0},
    "timeout": {"type": "int", "default": 300},
}
CHECKED = ("nodes", "upcoming", "baseline", "gates", "require_capacity")


def message(params: "Mapping[str, Any]", unmet: "Unmet") -> str:
    """What is unmet after the timeout, as the message of the failure."""
    return "CRI-BATCH-GATE: %s, unmet for %d s: %s. Not started: %s. The next run resumes from here." % (
        "before %s" % ", ".join(params["upcoming"]) if params["upcoming"] else "the rollout stops here",
        params["timeout"],
        "; ".join(item["message"] for item in unmet),
        ", ".join(params["waiting"]) or "none",
    )


def work(module: AnsibleModule, client: "Client") -> "Tuple[Unmet, int]":
    """What is unmet, and the number of checks. Raises KubeError and lease.Held."""
    params = module.params
    fleet = polling.Fleet(client, {key: params[key] for key in CHECKED})
    if module.check_mode:
        return fleet.check(), 1
    run = {key: params[key] for key in ("run_id", "owner", "process")}
    run["duration"] = params["lease_duration"]

    def check(over: bool) -> "Unmet":
        unmet = []
        if run["duration"]:
            try:
                lease.hold(client, run)
            except KubeError as exc:
                unmet.append(health.unmet(exc.reason, exc.message, **exc.details))
        return unmet + fleet.check(over)

    return polling.wait(check, params["soak"], params["timeout"])


def release(client: "Client", params: "Mapping[str, Any]") -> None:
    """Release the Lease, because the rollout ends here. One that cannot be released ends by itself."""
    try:
        if params["lease_duration"]:
            lease.release(client, params["run_id"])
    except KubeError:
        pass


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=dict(ARGUMENT_SPEC, **AUTH_SPEC), supports_check_mode=True)
    params = module.params
    began = time.monotonic()
    for name, runtime in params["nodes"].items():
        if runtime not in registry.BY_NAME:
            known = ", ".join(registry.BY_NAME)
            module.fail_json(msg="nodes: %s is on %r, which is none of %s" % (name, runtime, known))
    params["nodes"] = {name: registry.BY_NAME[runtime].version_prefix for name, runtime in params["nodes"].items()}
    try:
        gates.compile_gates(params["gates"], gates.FLEET_SOURCES)
        client = client_of(params, attempts=1)
        unmet, checks = work(module, client)
    except gates.GateError as exc:
        module.fail_json(msg=str(exc), reason=exc.reason, details={}, seconds=0)
    except (KubeError, lease.Held) as exc:
        details = {"held_by": exc.held_by} if isinstance(exc, lease.Held) else exc.details
        text = "%s. Not started: %s." % (exc, ", ".join(params["waiting"]) or "none")
        module.fail_json(msg=text, reason=exc.reason, details=details, seconds=since(began))
    result = {"changed": False, "unmet": unmet, "checks": checks, "seconds": since(began)}
    if unmet and not module.check_mode:
        release(client, params)
        details = {"unmet": unmet, "waiting": params["waiting"]}
        module.fail_json(msg=message(params, unmet), reason="CRI-BATCH-GATE", details=details, **result)
    module.exit_json(**result)


def since(began: float) -> float:
    """Seconds since a time of time.monotonic(), rounded."""
    return round(time.monotonic() - began, 1)


if __name__ == "__main__":
    main()
