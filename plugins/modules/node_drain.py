#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: node_drain
short_description: Cordon, drain and uncordon a node of a Kubernetes cluster
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Plans first. Each pod leaves, stays, or is refused, for a reason. In check mode only the plan is made.
  - Drains by the eviction API, all pods at once, with at most 5 requests at a time. If a PodDisruptionBudget blocks a
    pod, its eviction is requested again after 2 seconds, then every 5 to 6. The server may ask for a longer pause
    (C(Retry-After)). Meanwhile the other pods leave.
  - If the deadline passes, the module fails. It names the pods, and the budgets with their numbers.
  - Then waits for the VolumeAttachments of the node, if a pod with a PersistentVolumeClaim left it. It also waits if
    the Node's status has volumes, such as volumes that were not detached when an earlier drain ended. It does not wait
    for volumes of pods that stay.
  - The cordon writes the annotation C(cri.switchover/cordon) in the same request. It has the run's id, and whether the
    node was schedulable before. So O(state=uncordoned) can restore that, in this run or a later one.
  - In the same request it sets C(cluster-autoscaler.kubernetes.io/scale-down-disabled) to V(true), so that no
    autoscaler treats the drained node as unneeded. O(state=uncordoned) restores what that annotation said before,
    unless somebody has changed it meanwhile.
  - Pods of DaemonSets and static pods stay. So do pods that came back to the cordoned node because they tolerate it.
    All pods that come to the cordoned node are reported.
  - A pod is gone when its UID is gone. A StatefulSet's next pod of the same name is another pod.
  - Pods that a drain would lose are refused before anything changes, as C(kubectl drain) does. They have no controller,
    or a controller that no longer exists, or V(emptyDir) volumes.
  - Pods that two PodDisruptionBudgets match are refused too, because the API can never evict them.
  - If an API server is away or busy, it is asked again until the deadline. That is the failure if it was so for at
    least the last 3 seconds. RV(blocked) has the pods all the same.
  - While it waits, it reports every 15 seconds for which pods, and the time left. In check mode it reports which pods
    would leave. C(ansible-playbook) shows this when the module runs on the controller.
extends_documentation_fragment:
  - cri.switchover.attributes
  - cri.switchover.attributes.cluster
  - cri.switchover.kubeconfig
attributes:
  check_mode:
    support: full
    details: Shows the plan of every pod with its reason and its warnings. How long budgets will refuse is not known.
  diff_mode:
    support: full
    details: The node's C(unschedulable) and the annotations this module changes.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
options:
  name:
    description: Name of the Node object.
    type: str
    required: true
  state:
    description:
      - V(cordoned) makes the node unschedulable, and stores whether it was schedulable before.
      - V(drained) also evicts its pods and waits until they are gone.
      - V(uncordoned) restores what V(cordoned) or V(drained) stored. A node that somebody else cordoned stays
        cordoned.
    type: str
    choices: [cordoned, drained, uncordoned]
    required: true
  run_id:
    description:
      - Identifies the run in the annotation. If an earlier run left a cordon, this run takes it over, with a note.
      - Required for V(cordoned) and V(drained).
    type: str
  timeout:
    description: Seconds that a drain may take, volumes included.
    type: int
    default: 900
  grace:
    description: Seconds that each pod gets to end, V(0) included, instead of its own C(terminationGracePeriodSeconds).
    type: int
  delete_emptydir:
    description: Evict also pods with V(emptyDir) volumes. The content of these volumes is lost.
    type: bool
    default: false
  force:
    description: Evict also pods that have no controller, or one that no longer exists. Nothing recreates them.
    type: bool
    default: false
  selector:
    description:
      - Evict only the pods that this label selector matches, in C(kubectl)'s notation. Others stay and are reported.
    type: str
    version_added: 0.2.0
  skip_namespaces:
    description: Leave the pods of these namespaces where they are.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  disable_eviction:
    description:
      - Delete pods instead of evicting them. B(PodDisruptionBudgets are ignored) - a last resort.
    type: bool
    default: false
    version_added: 0.2.0
  wait_volumes:
    description:
      - Whether to wait for the node's VolumeAttachments. This matters when a pod with a PersistentVolumeClaim left it,
        or when the Node's status has volumes.
    type: bool
    default: true
    version_added: 0.2.0
  on_failure:
    description:
      - What happens to a node that could not be drained.
      - V(restore) makes it schedulable again, if it was schedulable before the first cordon of this module. That cordon
        may be of an earlier run, and taken over.
      - A node that somebody else cordoned stays cordoned. So does every node while no API server answers.
      - V(keep) leaves it cordoned.
      - If pods are refused before the cordon, nothing is changed.
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

- name: Return it to service, and write down for kubeadm which socket it uses now
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
  description: Whether the node is cordoned now. In check mode, whether it would be.
  type: bool
  returned: once the node was read
was_unschedulable:
  description: Whether the node was cordoned before the run that cordoned it first.
  type: bool
  returned: when O(state) is V(cordoned) or V(drained)
evicted:
  description: Pods that left. In check mode, pods that would leave if none were refused.
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
    warnings:
      description:
        - Warnings about this pod. With V(single-replica) its controller keeps only one pod. With V(pdb-exhausted) a
          budget that matches it allowed no eviction. With V(grace-exceeds-timeout) its grace period is longer than
          O(timeout).
      type: list
      elements: str
    attempts:
      description: How often its eviction was requested. Not in check mode.
      type: int
    seconds:
      description: From the start of its eviction until it was gone. Not in check mode.
      type: float
waited:
  description: Pods that were terminating already, and that were waited for. Entries as in RV(evicted).
  type: list
  elements: dict
  returned: when O(state=drained)
kept:
  description:
    - Pods left on the node. C(reason) is V(daemonset), V(static), V(tolerates-cordon), V(not-selected) or
      V(namespace-skipped).
  type: list
  elements: dict
  returned: when O(state=drained)
appeared:
  description:
    - Pods that came to the node after its cordon. C(action) is V(leave), V(evict) or V(refuse), C(reason) as in the
      other lists.
  type: list
  elements: dict
  returned: when O(state=drained)
pdbs:
  description:
    - The PodDisruptionBudgets of the pods that must leave, with C(namespace), C(name), and their numbers as last read.
    - C(allowed) is disruptionsAllowed, C(healthy) is currentHealthy, C(desired) is desiredHealthy, and C(expected) is
      expectedPods.
  type: list
  elements: dict
  returned: when O(state=drained)
timings:
  description: Seconds of V(plan), V(pods) and V(total), with the cordon. V(volumes), if they were waited for.
  type: dict
  returned: when O(state=drained)
blocked:
  description:
    - Pods for which the drain failed.
    - C(reason) is V(pdb), V(terminating), V(api), V(unmanaged), V(controller-gone), V(emptydir) or V(two-pdbs).
      C(message) is the API's last answer, or says that there was none. C(remedy) is what to do.
    - If several reasons refuse a pod, C(reasons) has all of them.
  type: list
  elements: dict
  returned: when O(state=drained)
notes:
  description: More information about the run.
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

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._drain.failures import DrainError
from ansible_collections.cri.switchover.plugins.module_utils._drain.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import client_of
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.credentials import AUTH_SPEC
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.selectors import SelectorError, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Mapping, Optional

SPEC: "Dict[str, Dict[str, Any]]" = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "required": True, "choices": ["cordoned", "drained", "uncordoned"]},
    "run_id": {"type": "str"},
    "timeout": {"type": "int", "default": 900},
    "grace": {"type": "int"},
    "delete_emptydir": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "selector": {"type": "str"},
    "skip_namespaces": {"type": "list", "elements": "str", "default": []},
    "disable_eviction": {"type": "bool", "default": False},
    "wait_volumes": {"type": "bool", "default": True},
    "on_failure": {"type": "str", "choices": ["restore", "keep"], "default": "restore"},
    "annotations": {"type": "dict", "default": {}},
}
REQUIRED_IF = [("state", "cordoned", ("run_id",)), ("state", "drained", ("run_id",))]
AS_GIVEN = ("timeout", "grace", "delete_emptydir", "force", "skip_namespaces", "disable_eviction", "wait_volumes")


def options_of(params: "Mapping[str, Any]") -> "Dict[str, Any]":
    """The options of a drain, as Node.drain() takes them. Raises SelectorError."""
    options = {key: params[key] for key in AS_GIVEN}
    options["selector"] = parse(params["selector"]) if params["selector"] else None
    options["restore"] = params["on_failure"] == "restore"
    return options


def work(
    params: "Mapping[str, Any]",
    check_mode: bool,
    progress: "Optional[Callable[[str], None]]" = None,
    env: "Optional[Mapping[str, str]]" = None,
) -> "Dict[str, Any]":
    """The module's result. The action plugin of the same name calls this in Ansible's own process.

    ``progress`` is called with one line now and then while a drain waits. ``env`` replaces the process's environment.
    """
    if params["annotations"] and params["state"] != "uncordoned":
        return {"failed": True, "msg": "annotations is only for state=uncordoned"}
    result: "Dict[str, Any]" = {}
    try:
        options = options_of(params)
        node = Node(client_of(params, env=env), params["name"], params["run_id"], check_mode, progress)
        result = node.result
        if params["state"] == "cordoned":
            node.cordon()
        elif params["state"] == "uncordoned":
            node.uncordon(params["annotations"])
        else:
            node.drain(options)
    except SelectorError as exc:
        return {"failed": True, "msg": "selector: %s" % exc}
    except (KubeError, DrainError) as exc:
        text = "%s: node %s: %s" % (exc.reason, params["name"], exc.message)
        return dict(result, failed=True, msg=text, reason=exc.reason, details=exc.details)
    return result


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=dict(SPEC, **AUTH_SPEC), required_if=REQUIRED_IF, supports_check_mode=True)
    answer = work(module.params, module.check_mode)
    if answer.pop("failed", False):
        module.fail_json(**answer)
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
