#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: node_drain
short_description: Cordon, drain and uncordon a node of a Kubernetes cluster
version_added: 0.1.0
author: cri.switchover contributors (@cri)
description:
  - Drains by the eviction API. A PodDisruptionBudget that refuses is asked again every 5 seconds until the deadline,
    while the
    other pods leave; a deadline that passes is a failure that names the pods and the budgets.
  - The cordon writes the annotation C(cri.switchover/cordon) in the same request. It keeps the run's id and whether the
    node was schedulable before, so that O(state=uncordoned) restores that, in this run or a later one.
  - Pods of DaemonSets and static pods stay. So do pods that came back to the cordoned node because they tolerate it.
  - A pod is gone when its UID is gone. A StatefulSet's next pod of the same name is another pod.
  - Pods that a drain would lose are refused before anything changes, as by C(kubectl drain) - without a controller, or
    with V(emptyDir) volumes. So are pods that two PodDisruptionBudgets match, which the API can never evict.
extends_documentation_fragment: cri.switchover.kubeconfig
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details: Lists the pods that would leave. It cannot tell how long budgets will refuse.
  diff_mode:
    description: Will return details on what has changed, or possibly needs changing in C(check_mode), when in diff
      mode.
    support: full
    details: The node's C(unschedulable) and the annotations this module changes.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates
      no change.
    support: full
  platform:
    description: Platforms that are supported.
    support: full
    platforms: posix
options:
  name:
    description: Name of the Node object.
    type: str
    required: true
  state:
    description:
      - V(cordoned) makes the node unschedulable and remembers what it was.
      - V(drained) also evicts its pods and waits until they are gone.
      - V(uncordoned) restores what V(cordoned) or V(drained) remembered. A node cordoned by somebody else stays
        cordoned.
    type: str
    choices: [cordoned, drained, uncordoned]
    required: true
  run_id:
    description:
      - Identifies the run in the annotation. A cordon that an earlier run left is taken over, with a note.
      - Required for V(cordoned) and V(drained).
    type: str
  timeout:
    description: Seconds that a drain may take, from the cordon on.
    type: int
    default: 900
  grace:
    description: Seconds that each pod gets to end, V(0) included, instead of its own C(terminationGracePeriodSeconds).
    type: int
  delete_emptydir:
    description: Evict pods with V(emptyDir) volumes also; what is in these volumes is lost.
    type: bool
    default: false
  force:
    description: Evict pods without a controller also; nothing makes them again.
    type: bool
    default: false
  on_failure:
    description:
      - What becomes of a node that this task cordoned and could not drain.
      - V(restore) makes it schedulable again, V(keep) leaves it cordoned.
    type: str
    choices: [restore, keep]
    default: restore
  annotations:
    description:
      - Annotations of the node to set in the same request as the uncordon. A null value removes the annotation.
      - Only for O(state=uncordoned).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Drain a node
  cri.switchover.node_drain:
    name: worker-1
    state: drained
    run_id: 20261123-1
    timeout: 600
  delegate_to: localhost

- name: Give it back, and tell kubeadm which socket it uses now
  cri.switchover.node_drain:
    name: worker-1
    state: uncordoned
    run_id: 20261123-1
    annotations:
      kubeadm.alpha.kubernetes.io/cri-socket: unix:///run/containerd/containerd.sock
  delegate_to: localhost
"""

RETURN = r"""
node:
  description: Name of the node.
  type: str
  returned: always
  sample: worker-1
run_id:
  description: The run's id as given.
  type: str
  returned: always
  sample: 20261123-1
unschedulable:
  description: Whether the node is cordoned now; in check mode, would be.
  type: bool
  returned: once the node was read
was_unschedulable:
  description: Whether the node was cordoned before the run that cordoned it first.
  type: bool
  returned: when O(state) is V(cordoned) or V(drained)
evicted:
  description: Pods that left; in check mode, that would.
  type: list
  elements: dict
  returned: when O(state=drained)
  contains:
    namespace:
      description: Namespace of the pod.
      type: str
    name:
      description: Name of the pod.
      type: str
    uid:
      description: UID of the pod.
      type: str
    reason:
      description: Kind of its controller, V(finished) or V(unmanaged).
      type: str
    pdbs:
      description: The PodDisruptionBudgets that match it, as namespace/name.
      type: list
      elements: str
    attempts:
      description: How often its eviction was asked for.
      type: int
    seconds:
      description: From the first request until it was gone.
      type: float
waited:
  description: Pods that were terminating already, and that were waited for. Entries as in RV(evicted), without
    C(attempts).
  type: list
  elements: dict
  returned: when O(state=drained)
kept:
  description: Pods left on the node. C(reason) is V(daemonset), V(static) or V(tolerates-cordon).
  type: list
  elements: dict
  returned: when O(state=drained)
blocked:
  description:
    - Pods for which the drain failed.
    - C(reason) is V(pdb), V(terminating), V(api), V(unmanaged), V(daemonset-gone), V(emptydir) or V(two-pdbs);
      C(message) is the
      API's last answer, C(remedy) what to do.
  type: list
  elements: dict
  returned: when O(state=drained)
notes:
  description: What else is worth knowing.
  type: list
  elements: str
  returned: always
seconds:
  description: How long the drain took.
  type: float
  returned: when O(state=drained), not in check mode
reason:
  description: Token of the failure.
  type: str
  returned: failure
  sample: CRI-DRAIN-PDB
details:
  description: The failure as data.
  type: dict
  returned: failure
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.cri.switchover.plugins.module_utils._drain import DrainError, Node
from ansible_collections.cri.switchover.plugins.module_utils._kube import (
    HAS_KUBERNETES,
    KUBERNETES_IMPORT_ERROR,
    Client,
    KubeError,
)


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "required": True, "choices": ["cordoned", "drained", "uncordoned"]},
            "run_id": {"type": "str"},
            "timeout": {"type": "int", "default": 900},
            "grace": {"type": "int"},
            "delete_emptydir": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
            "on_failure": {"type": "str", "choices": ["restore", "keep"], "default": "restore"},
            "annotations": {"type": "dict", "default": {}},
            "kubeconfig": {"type": "path"},
            "context": {"type": "str"},
        },
        required_if=[("state", "cordoned", ("run_id",)), ("state", "drained", ("run_id",))],
        supports_check_mode=True,
    )
    params = module.params
    if not HAS_KUBERNETES:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=KUBERNETES_IMPORT_ERROR)
    if params["annotations"] and params["state"] != "uncordoned":
        module.fail_json(msg="annotations is only for state=uncordoned")
    result = {}
    try:
        client = Client(kubeconfig=params["kubeconfig"], context=params["context"])
        node = Node(client, params["name"], params["run_id"], module.check_mode)
        result = node.result
        if params["state"] == "cordoned":
            node.cordon()
        elif params["state"] == "uncordoned":
            node.uncordon(params["annotations"])
        else:
            options = {key: params[key] for key in ("timeout", "grace", "delete_emptydir", "force")}
            node.drain(dict(options, restore=params["on_failure"] == "restore"))
    except (KubeError, DrainError) as exc:
        module.fail_json(
            msg="%s: node %s: %s" % (exc.reason, params["name"], exc.message),
            reason=exc.reason,
            details=exc.details,
            **result,
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
