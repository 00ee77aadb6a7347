#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: cluster_info
short_description: Gather what a Kubernetes cluster knows about its nodes before their container runtime is switched
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Reads nodes with their pods, PodDisruptionBudgets, RuntimeClasses, and the workloads that mount Docker's socket or
    directories.
  - Checks which of the rights that are needed later the credentials have.
  - If the API does not answer, or a right is missing, the result says so. The module does not fail.
extends_documentation_fragment:
  - cri.switchover.attributes
  - cri.switchover.attributes.cluster
  - cri.switchover.kubeconfig
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details: It changes nothing.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
options:
  nodes:
    description: Names of the Node objects to describe, with their pods. Empty means all.
    type: list
    elements: str
    default: []
  probe_namespace:
    description: Namespace in which the pods that verify a node will be created.
    type: str
    default: kube-system
  topology_key:
    description: A label of the nodes that is always kept in C(labels).
    type: str
  timeout:
    description: Seconds to wait for an answer to one request. Each is tried three times.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Ask the cluster about the nodes of this run
  cri.switchover.cluster_info:
    nodes: [worker-1, worker-2]
  delegate_to: localhost
  run_once: true
  register: answer

- name: Show missing rights
  ansible.builtin.debug:
    var: answer.cluster.missing_rights
"""

RETURN = r"""
cluster:
  description: The cluster.
  type: dict
  returned: success
  contains:
    reachable:
      description: Whether everything that the rights allow could be read.
      type: bool
    error:
      description: Why not, as C(reason) (a token), C(msg) and C(details). Only present then.
      type: dict
    server:
      description: URL of the API server.
      type: str
    server_version:
      description: Its version.
      type: str
      sample: v1.23.17
    server_minor:
      description: Major and minor version as numbers.
      type: list
      elements: int
      sample: [1, 23]
    rights:
      description: Each right needed later, and whether the credentials have it.
      type: dict
      sample: {"get nodes": true, "evict pods": false}
    missing_rights:
      description: The rights that are missing.
      type: list
      elements: str
    node_names:
      description: Names of all nodes of the cluster.
      type: list
      elements: str
    docker_nodes:
      description: The nodes whose kubelet reports Docker.
      type: list
      elements: str
    missing_nodes:
      description: Those of O(nodes) that the cluster does not have.
      type: list
      elements: str
    nodes:
      description:
        - The requested nodes, by name.
        - Each node has C(uid), C(unschedulable), C(ready), C(ready_reason), C(pressure), C(kubelet_version),
          C(runtime_version), C(taints), C(internal_ip), C(hostname), C(pod_cidr), C(csi_drivers) and C(pods).
        - C(annotations) and C(labels) have only those that matter here. C(allocatable) are its resources. C(extended)
          are the allocatable resources of device plugins.
        - Each pod has C(namespace), C(name), C(uid), C(owner_kind), C(owner_name), C(static), C(host_network),
          C(phase), C(ready), C(terminating), C(images) and C(image_ids).
        - It also has C(host_paths), C(runtime_class), C(emptydir), C(grace) and C(container_ids).
        - For the plan of its drain it has C(labels), C(tolerates_cordon), and C(pdbs), the PodDisruptionBudgets that
          match it. With C(owner_gone) its controller no longer exists. With C(owner_single) its controller keeps only
          this pod.
      type: dict
    pdbs:
      description: PodDisruptionBudgets with the disruptions they allow now.
      type: list
      elements: dict
    docker_mounts:
      description:
        - Workloads, and pods without a workload, whose hostPath volumes reach Docker. C(why) is V(socket), V(data) or
          V(parent). V(parent) is a directory above either.
      type: list
      elements: dict
      sample: [{"kind": "DaemonSet", "namespace": "ci", "name": "builder", "paths": ["/var/run/docker.sock"], "why":
        ["socket"]}]
    baseline:
      description:
        - What M(cri.switchover.rollout_gate) compares with.
        - C(at) is the server's time. C(below) are the Deployments, StatefulSets and DaemonSets that had fewer ready
          pods than they wanted at that time. C(control_plane) are the pods of the control plane that were Ready.
      type: dict
      sample: {"at": "2026-11-25T13:00:00.000000Z", "below": ["Deployment shop/web"], "control_plane": []}
    runtime_classes:
      description: RuntimeClasses with their handlers.
      type: list
      elements: dict
    capacity:
      description:
        - The capacity by node. C(moves) are the requests of the pods that a drain evicts. C(free) is what the node has
          free. C(free) is null for a node that takes no pods now, because it is cordoned, not Ready or tainted.
        - Each has C(cpu), C(memory) and C(pods). Empty without the rights to list nodes and pods.
      type: dict
    external_controllers:
      description:
        - External controllers that work on nodes. C(kured) is null, or has its C(daemonset) and the C(nodes) in its
          lock.
        - C(groups) are the API groups of the other external controllers.
      type: dict
      sample: {"kured": {"daemonset": "kube-system/kured", "nodes": []}, "groups": ["cluster.x-k8s.io"]}
    runner:
      description: Where this module ran. C(on_node) is the node, or null when it ran on no node.
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import CONNECT_TIMEOUT, client_of
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.cluster import gather, unreachable
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.credentials import AUTH_SPEC
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=dict(
            {
                "nodes": {"type": "list", "elements": "str", "default": []},
                "probe_namespace": {"type": "str", "default": "kube-system"},
                # "key" sounds like a secret, to ansible-test
                "topology_key": {"type": "str", "no_log": False},
                "timeout": {"type": "int", "default": 30},
            },
            **AUTH_SPEC,
        ),
        supports_check_mode=True,
    )
    params = module.params
    try:
        client = client_of(params, timeout=(min(CONNECT_TIMEOUT, params["timeout"]), params["timeout"]))
    except KubeError as exc:
        cluster = unreachable(exc)
    else:
        cluster = gather(client, params["nodes"], params["probe_namespace"], params["topology_key"])
    module.exit_json(changed=False, cluster=cluster)


if __name__ == "__main__":
    main()
