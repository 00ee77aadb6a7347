#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: cutover
short_description: Switches one node from Docker to its new container runtime, or reverts it
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - With O(state=staged), puts a plan and a small program, the engine, on the node. Nothing that runs is touched.
  - With O(state=confirmed), starts the engine there as a systemd unit of its own, and shows its steps as they happen.
    Then verifies the node, and confirms it.
  - Before each confirmation, the module M(cri.switchover.cri_health) runs on the node once. After it, the node is
    verified by the Kubernetes API. A node that is not verified is reverted.
  - The engine stops kubelet and the containers that kubelet had on Docker. It puts the target's files in place,
    verifies the target, and starts kubelet on it. If a step fails, the engine reverts the node at once.
  - The engine needs neither the connection nor the controller. If no confirmation comes in time, or if the machine
    restarts in the middle, the node reverts to Docker by itself.
  - With O(state=finalized), stops and disables Docker on a confirmed node, and checks the node once more.
  - With O(state=resumed), resumes what an earlier run left. A switch that still runs is followed to its end. A switch
    that was interrupted is reverted. A node on its target is verified and confirmed. A reverted node is verified on
    Docker.
  - With O(state=revertible), only checks whether the node can revert to Docker. Fails with everything that blocks it.
  - With O(state=reverted), reverts the node to Docker, with its files as they were before. Docker must first run a
    container. If it cannot, and the target works, the node stays on the target, not confirmed (C(revert_blocked)).
  - While one rollout works on a node, others are refused with C(CRI-CUTOVER-BUSY). The node lock ends a minute after
    the last sign of life. While M(cri.switchover.cri_health) runs, it lasts up to 135 seconds.
  - The node must be drained first, and made schedulable afterwards, by M(cri.switchover.node_drain).
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
    details:
      - Only the journal on the node is read. With O(state=revertible), all that a revert would need is read.
  diff_mode:
    support: partial
    details:
      - With O(state=staged) only. The difference is between the live files and what the switch makes of them.
      - Contents of files that only their owner may read are not shown.
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  state:
    description: The state that the node must reach.
    type: str
    choices: [staged, confirmed, resumed, finalized, revertible, reverted]
    required: true
  info:
    description:
      - What M(cri.switchover.node_runtime_info) returned as C(runtime_info).
      - Required with O(state=staged), as are O(target), O(kubelet) and O(run). The plan for the engine is made of them.
    type: dict
  target:
    description: What the target's role has staged, such as C(target_runtime_result).
    type: dict
  kubelet:
    description: What M(cri.switchover.kubelet_files) returned.
    type: dict
  boot:
    description: The boot on the node's way, such as C(cgroup_v2_result.boot). Empty if it is not rebooted.
    type: dict
    default: {}
  annotations:
    description:
      - The annotations of the Node object before the switch, if they are known.
      - A revert restores kubeadm's annotation of the CRI socket as it was.
    type: dict
  run:
    description: The run that the plan belongs to, and how it uses the engine.
    type: dict
    suboptions:
      run_id:
        description: The run.
        type: str
        required: true
      owner:
        description: Who runs it.
        type: str
        required: true
      created:
        description: When the plan was made, in seconds since 1970.
        type: int
        required: true
      settings:
        description: The settings that shape this node. A later run compares its own settings with them.
        type: dict
        default: {}
      watchdog_s:
        description: Seconds within which the node must be confirmed.
        type: int
        default: 600
      on_reboot:
        description: What the engine does if the machine restarts during the switch.
        type: str
        choices: [revert, finish]
        default: revert
  plan:
    description: The plan that the action has made of O(info) and the other parts. Do not give it.
    type: dict
  run_id:
    description:
      - The run that the plan belongs to. Required with the other states than V(staged).
      - With O(state=resumed), O(state=revertible) and O(state=reverted) this is the run in the node's journal.
    type: str
  by_run:
    description:
      - The run that works on the node now, and has its node lock.
      - O(run_id) when not given.
    type: str
  owner:
    description: Who runs it, for the messages that other runs get.
    type: str
    default: unknown
  allow_drift:
    description:
      - Revert with O(state=reverted) although a file was changed since the switch wrote it. Such files are kept
        beside the before-images.
    type: bool
    default: false
  watchdog:
    description:
      - Seconds within which the node must be confirmed, as in the plan. After them the node reverts by itself.
      - Must be at least 120 seconds more than the timeout of O(verification).
    type: int
    default: 600
  verification:
    description:
      - What is verified on the node and by the Kubernetes API. Required with O(state=confirmed) and O(state=resumed).
      - Without it, O(state=finalized) and O(state=reverted) do not ask the API.
    type: dict
    suboptions:
      kubeconfig:
        description:
          - Path of a kubeconfig on the controller. Without it the environment is used, as for
            M(cri.switchover.cluster_info).
        type: path
      context:
        description: Context of the kubeconfig.
        type: str
      node_name:
        description: The name of the node in the cluster.
        type: str
        required: true
      timeout:
        description: Seconds that the verification may take.
        type: int
        default: 300
      version_prefix:
        description:
          - The beginning of the node's C(containerRuntimeVersion) when it is on the target.
          - A version that kubelet could not ask for, C(containerd://Unknown), is waited for.
          - With O(state=reverted), V(docker://) is used instead. The same is true of a node that O(state=resumed) finds
            on Docker.
        type: str
        default: containerd://
      baseline:
        description: The node's entry in the result of M(cri.switchover.cluster_info) before its drain.
        type: dict
        default: {}
      gates:
        description: The operator's own conditions, for the filter P(cri.switchover.gates#filter).
        type: list
        elements: dict
        default: []
      handlers:
        description: The runtime handlers, the default one first, as dictionaries with a C(name).
        type: list
        elements: dict
        default: []
      pause_image:
        description: The image of the pods that verify the handlers.
        type: str
      probe_namespace:
        description: The namespace of these pods.
        type: str
        default: kube-system
      user_namespaces:
        description:
          - Whether a pod with C(hostUsers) V(false) is tried as well. The result is reported, and fails nothing.
          - On Docker it is not tried.
        type: bool
        default: false
  recheck_delay:
    description: Seconds from the beginning of O(state=finalized) until the node is checked once more.
    type: int
    default: 30
  reason:
    description: A token for the journal. It says why the node is reverted.
    type: str
    default: CRI-CUTOVER-ASKED
notes:
  - Needs root on the node, and the Python package C(kubernetes) on the controller. With O(verification.gates), the
    controller needs C(jmespath), too.
  - The task's C(environment) is for requests to the API. It does not go to the node.
  - A broken connection is made again until the watchdog and a revert must be over. Only then the task fails, with the
    reason C(CRI-CUTOVER-LOST). The host does not become unreachable for Ansible.
seealso:
  - module: cri.switchover.node_drain
  - module: cri.switchover.cri_health
"""

EXAMPLES = r"""
- name: Put the plan and the engine on the node
  cri.switchover.cutover:
    state: staged
    info: "{{ seen.runtime_info }}"
    target: "{{ target_runtime_result }}"
    kubelet: "{{ kubelet_runtime_result }}"
    annotations: "{{ cluster.nodes['worker-1'].annotations }}"
    run:
      run_id: 20261123-1
      owner: ann
      created: "{{ now().timestamp() | int }}"
  become: true

- name: Switch the node, verify it and confirm
  cri.switchover.cutover:
    state: confirmed
    run_id: 20261123-1
    verification:
      node_name: worker-1
      pause_image: registry.k8s.io/pause:3.6
      handlers:
        - name: runc
      baseline: "{{ cluster.nodes['worker-1'] }}"
  become: true

- name: Resume what an earlier run left on this node
  cri.switchover.cutover:
    state: resumed
    run_id: "{{ runtime_info.journal.run_id }}"
    by_run: "{{ my_run_id }}"
    verification:
      node_name: worker-1
      pause_image: registry.k8s.io/pause:3.6
  become: true

- name: Stop and disable Docker
  cri.switchover.cutover:
    state: finalized
    run_id: 20261123-1
  become: true
"""

RETURN = r"""
phase:
  description:
    - The phase of the node. C(staged), C(switched), C(confirmed), C(finalized), C(reverted), C(revert_blocked) or
      C(revert_failed).
    - Null without a journal. C(unknown) when the node could not be asked any more.
  returned: always
  type: str
last_phase:
  description: The phase that the journal showed when it was last read. Null if it was not read.
  returned: when RV(phase) is C(unknown)
  type: str
run_id:
  description: The run in the journal.
  returned: when there is a journal
  type: str
steps:
  description: The engine's steps.
  returned: with other states than V(staged)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the step.
      type: str
    outcome:
      description: C(ok) or C(failed).
      type: str
    seconds:
      description: How long it took.
      type: float
    note:
      description: What it did, in short.
      type: str
    error:
      description: Why it failed.
      type: str
times:
  description: Seconds, measured.
  returned: with O(state=confirmed)
  type: dict
  contains:
    window:
      description: From the start of the engine to the confirmation, by the controller's clock.
      type: float
    kubelet_down_s:
      description: From the stop of kubelet to its start.
      type: float
    engine_s:
      description: From the engine's first step to the end of its last.
      type: float
commands:
  description: How many commands were sent to the node.
  returned: with other states than V(staged)
  type: int
executions:
  description:
    - How often the module M(cri.switchover.cri_health) was run on the node.
    - At most once, unless the connection is lost while it runs.
  returned: with other states than V(staged)
  type: int
health:
  description: What M(cri.switchover.cri_health) found on the node. It is empty if the module had no result.
  returned: when it was run
  type: dict
verification:
  description: What the API reported.
  returned: with a verification
  type: dict
gates:
  description: Each gate with its result.
  returned: with gates
  type: list
  elements: dict
annotations:
  description:
    - The annotations that the Node object is to have where the node has ended. A null value removes one.
    - M(cri.switchover.node_drain) takes them. Empty where the node must keep what it has.
  returned: with other states than V(staged)
  type: dict
  sample: {"kubeadm.alpha.kubernetes.io/cri-socket": "unix:///run/containerd/containerd.sock"}
files:
  description: What the switch does to each file.
  returned: with O(state=staged)
  type: list
  elements: dict
why:
  description: Why the node that was found on Docker had reverted.
  returned: with O(state=resumed), for a reverted node
  type: str
reason:
  description: Stable token of the failure.
  returned: failure
  type: str
details:
  description: The failure as data.
  returned: failure
  type: dict
"""

import errno

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._cutover.staging import (
    check_staged,
    differences,
    substance,
    with_staged_copies,
    write_all,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.files import differing, images_of
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import SCHEMA
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.refusals import refuse_staging
from ansible_collections.cri.switchover.plugins.module_utils._engine.store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import Journal


def check_plan(given: "Dict[str, Any]") -> None:
    """Raise Failure for a plan that this engine does not understand."""
    if given.get("schema") != SCHEMA:
        text = "the plan has schema %s, this engine knows %d" % (given.get("schema"), SCHEMA)
        raise Failure("CRI-CUTOVER-PLAN", text, seen=given.get("schema"), wanted=SCHEMA)


def check_journal(journal: "Optional[Journal]", plan: "Dict[str, Any]") -> None:
    """Raise Failure where another run is not at its end on this node."""
    refusal = refuse_staging(journal, plan)
    if journal is not None and refusal:
        known = {"phase": journal["phase"], "run_id": journal["run_id"], "owner": journal["owner"]}
        raise Failure(refusal[0], refusal[1], **known)


def check_drift(node: Node, plan: "Dict[str, Any]") -> None:
    """Raise Failure where a live file is no longer what was assessed."""
    drift = differing(plan["files"], images_of(node, plan["files"]))
    if drift:
        text = "changed since it was assessed: %s; assess the node again" % ", ".join(item["path"] for item in drift)
        raise Failure("CRI-CUTOVER-DRIFT", text, files=drift)


def stage(module: AnsibleModule) -> "Dict[str, Any]":
    """Stage the plan; returns the module's result. Raises Failure."""
    node = Node()
    store = Store(node)
    check_plan(module.params["plan"])
    plan, contents = with_staged_copies(module.params["plan"])
    journal = store.journal()
    check_journal(journal, plan)
    check_drift(node, plan)
    check_staged(node, plan, contents, module.check_mode)
    diff = differences(node, plan, contents)
    if journal is not None and journal["phase"] in ("confirmed", "finalized") and not diff:
        if journal["config_digest"] == plan["config_digest"]:
            return {"changed": False, "phase": journal["phase"], "run_id": journal["run_id"], "files": []}
    fresh = journal is None or journal["phase"] != "staged" or substance(store.plan()) != substance(plan)
    if not module.check_mode:
        try:
            write_all(node, store, plan, contents)
        except OSError as exc:
            if exc.errno != errno.ENOSPC:
                raise
            raise Failure("CRI-CUTOVER-DISK-FULL", "no space in %s: %s" % (STATE, exc), path=STATE) from exc
    files = [{"path": item["path"], "change": item["change"]} for item in plan["files"]]
    return {"changed": fresh, "phase": "staged", "run_id": plan["run_id"], "diff": diff, "files": files}


# The action plugin checks what a task gives by these; the module gets from it only state and plan.
ARGUMENT_SPEC = {
    "state": {
        "type": "str",
        "required": True,
        "choices": ["staged", "confirmed", "resumed", "finalized", "revertible", "reverted"],
    },
    "info": {"type": "dict"},
    "target": {"type": "dict"},
    "kubelet": {"type": "dict"},
    "boot": {"type": "dict", "default": {}},
    "annotations": {"type": "dict"},
    "run": {
        "type": "dict",
        "options": {
            "run_id": {"type": "str", "required": True},
            "owner": {"type": "str", "required": True},
            "created": {"type": "int", "required": True},
            "settings": {"type": "dict", "default": {}},
            "watchdog_s": {"type": "int", "default": 600},
            "on_reboot": {"type": "str", "default": "revert", "choices": ["revert", "finish"]},
        },
    },
    "plan": {"type": "dict"},
    "run_id": {"type": "str"},
    "by_run": {"type": "str"},
    "owner": {"type": "str", "default": "unknown"},
    "allow_drift": {"type": "bool", "default": False},
    "watchdog": {"type": "int", "default": 600},
    "verification": {
        "type": "dict",
        "options": {
            "kubeconfig": {"type": "path"},
            "context": {"type": "str"},
            "node_name": {"type": "str", "required": True},
            "timeout": {"type": "int", "default": 300},
            "version_prefix": {"type": "str", "default": "containerd://"},
            "baseline": {"type": "dict", "default": {}},
            "gates": {"type": "list", "elements": "dict", "default": []},
            "handlers": {"type": "list", "elements": "dict", "default": []},
            "pause_image": {"type": "str"},
            "probe_namespace": {"type": "str", "default": "kube-system"},
            "user_namespaces": {"type": "bool", "default": False},
        },
    },
    "recheck_delay": {"type": "int", "default": 30},
    "reason": {"type": "str", "default": "CRI-CUTOVER-ASKED"},
}
REQUIRED_IF = [
    ("state", "staged", ("info", "target", "kubelet", "run")),
    ("state", "confirmed", ("run_id", "verification")),
    ("state", "resumed", ("run_id", "verification")),
    ("state", "finalized", ("run_id",)),
    ("state", "revertible", ("run_id",)),
    ("state", "reverted", ("run_id",)),
]


def stage_and_exit(module: AnsibleModule) -> None:
    """Stage the plan, and return the module's result or its failure."""
    try:
        result = stage(module)
    except Failure as exc:
        text = "%s: %s: %s" % (exc.reason, module.params["plan"].get("node_name"), str(exc).partition(": ")[2])
        module.fail_json(msg=text, reason=exc.reason, details=exc.details, phase=exc.details.get("phase"))
    module.exit_json(**result)


def main() -> None:
    """Only the state staged is done on the node, with the plan that the action has made."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if module.params["state"] != "staged" or not module.params["plan"]:
        text = "CRI-CUTOVER-ACTION: state=%s needs the action plugin of the same name" % module.params["state"]
        module.fail_json(msg=text, reason="CRI-CUTOVER-ACTION")
    stage_and_exit(module)


if __name__ == "__main__":
    main()
