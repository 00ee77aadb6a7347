# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a run: its nodes, the API, batches and gates. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import ALLOW
from ansible_collections.cri.switchover.plugins.module_utils._rollout.gates import (
    FLEET_SOURCES,
    SOURCES,
    GateError,
    compile_gates,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.kinds import (
    Batches,
    Flag,
    Mappings,
    Text,
    Whole,
    Words,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import HOST, RUN, Setting

DAY, WEEK = 86400, 7 * 86400
# Kubernetes supports no larger clusters (kubernetes.io, "Considerations for large clusters").
LARGEST_CLUSTER = 5000

NODES, ROLLOUT = "Nodes and API", "Rollout"


def _is_node_name(text: str) -> bool:
    return bool(re.match(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", text))


def _is_label(text: str) -> bool:
    name = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
    return bool(re.match(r"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?%s$" % name, text))


def _gate_problem(sources: Sequence[str]) -> Callable[[list[Any]], str | None]:
    def problem(gates: list[Any]) -> str | None:
        try:
            compile_gates(gates, sources)
        except GateError as exc:
            return str(exc)
        return None

    return problem


TASKS = Text("the absolute path of a file of tasks, on the machine that runs Ansible", lambda text: text[0] == "/")

ROWS = (
    Setting(
        name="switchover_kubeconfig",
        kind=Text(),
        default="",
        scope=RUN,
        section=NODES,
        description="Kubeconfig on the machine that runs Ansible. When empty, the environment's credentials.",
        more=("These are `K8S_AUTH_*`, `KUBECONFIG` and in-cluster.",),
        variables=(
            "drain_node_kubeconfig",
            "preflight_kubeconfig",
            "rollout_kubeconfig",
            "runtime_handlers_kubeconfig",
            "switch_node_kubeconfig",
            "verify_node_kubeconfig",
        ),
    ),
    Setting(
        name="switchover_context",
        kind=Text(),
        default="",
        scope=RUN,
        section=NODES,
        description="Context of the kubeconfig. When empty, the current one.",
        variables=(
            "drain_node_context",
            "preflight_context",
            "rollout_context",
            "runtime_handlers_context",
            "switch_node_context",
            "verify_node_context",
        ),
    ),
    Setting(
        name="switchover_control_plane_group",
        kind=Text(),
        default="kube_control_plane",
        scope=RUN,
        section=NODES,
        description="The inventory's group of the control plane.",
        variables=(
            "preflight_control_plane_group",
            "remove_docker_control_plane_group",
            "rollout_control_plane_group",
        ),
    ),
    Setting(
        name="switchover_node_group",
        kind=Text(),
        default="kube_node",
        scope=RUN,
        section=NODES,
        description="The inventory's group of the workers.",
        more=("A node on Docker that is in neither group is a blocker.",),
        variables=("preflight_node_group",),
    ),
    Setting(
        name="switchover_node_name",
        kind=Text("a node's name as `kubectl get nodes` shows it", _is_node_name),
        default="",
        default_words="what kubelet registered as",
        scope=HOST,
        section=NODES,
        description="The name of the host's Node. When empty, the name that its kubelet registered.",
        variables=("preflight_node_name", "verify_node_name"),
    ),
    Setting(
        name="switchover_skip",
        kind=Flag(),
        default=False,
        scope=HOST,
        section=NODES,
        description="Do not change this host.",
        variables=("preflight_skip", "remove_docker_skip"),
    ),
    Setting(
        name="switchover_only",
        kind=Words("the inventory's hosts"),
        default=[],
        scope=RUN,
        section=NODES,
        description="The inventory's names of the hosts to change. When empty, all.",
        variables=("preflight_only", "remove_docker_only", "rollout_only"),
    ),
    Setting(
        name="switchover_allow",
        kind=Words("these exceptions", lambda: tuple(sorted(ALLOW))),
        default=[],
        scope=HOST,
        section=NODES,
        description="Exceptions: blockers that you accept, which are then warnings.",
        more=("The error for an unknown exception lists all of them.", "Each blocker names its own."),
        variables=("preflight_allow", "switch_node_allow"),
    ),
    Setting(
        name="switchover_batches",
        kind=Batches(),
        default=[1, "25%"],
        scope=RUN,
        section=ROLLOUT,
        description="How many workers are drained at once: numbers or percentages, of which the last one repeats.",
        variables=("preflight_batches", "rollout_batches"),
    ),
    Setting(
        name="switchover_topology_key",
        kind=Text("the key of a node's label, such as topology.kubernetes.io/zone", _is_label),
        default="topology.kubernetes.io/zone",
        scope=RUN,
        section=ROLLOUT,
        description="The label whose value is a node's zone. No batch spans two zones.",
        variables=("preflight_topology_key", "rollout_topology_key"),
    ),
    Setting(
        name="switchover_gates",
        kind=Mappings("gates", _gate_problem(SOURCES)),
        default=[],
        scope=HOST,
        section=ROLLOUT,
        description="Conditions of your own on each switched node, as JMESPath queries.",
        variables=("switch_node_gates", "verify_node_gates"),
    ),
    Setting(
        name="switchover_batch_gates",
        kind=Mappings("gates", _gate_problem(FLEET_SOURCES)),
        default=[],
        scope=RUN,
        section=ROLLOUT,
        description="Conditions of your own on the cluster before each batch, as JMESPath queries.",
        variables=("rollout_batch_gates",),
    ),
    Setting(
        name="switchover_gate_timeout",
        # A condition that was not met for a day is not met by waiting.
        kind=Whole(0, DAY, "seconds"),
        default=300,
        scope=RUN,
        section=ROLLOUT,
        description="Seconds that a gate before a batch waits for unmet conditions.",
        variables=("rollout_gate_timeout",),
    ),
    Setting(
        name="switchover_soak",
        # After a week of waiting, another run is the better way to go on.
        kind=Whole(0, WEEK, "seconds"),
        default=0,
        scope=RUN,
        section=ROLLOUT,
        description="Seconds that must pass between two batches, while the cluster is checked.",
        variables=("rollout_soak",),
    ),
    Setting(
        name="switchover_max_failures",
        kind=Whole(0, LARGEST_CLUSTER, "nodes"),
        default=0,
        scope=RUN,
        section=ROLLOUT,
        description="How many nodes may fail or be lost before no further batch starts.",
        variables=("rollout_max_failures",),
    ),
    Setting(
        name="switchover_require_capacity",
        kind=Flag(),
        default=False,
        scope=RUN,
        section=ROLLOUT,
        description="Whether a lack of capacity for the pods of a batch is a blocker, not only a warning.",
        variables=("preflight_require_capacity", "rollout_require_capacity"),
    ),
    Setting(
        name="switchover_before_drain_tasks",
        kind=TASKS,
        default="",
        scope=HOST,
        section=ROLLOUT,
        description="A file of tasks of your own, on the machine that runs Ansible, called before a node is drained.",
        variables=("drain_node_before_drain_tasks",),
    ),
    Setting(
        name="switchover_after_uncordon_tasks",
        kind=TASKS,
        default="",
        scope=HOST,
        section=ROLLOUT,
        description="A file of tasks of your own, called once the node is back in service.",
        more=("They are also called after a failure, if the node was returned to service.",),
        variables=("drain_node_after_uncordon_tasks",),
    ),
    Setting(
        name="switchover_retry",
        kind=Flag(),
        default=False,
        scope=HOST,
        section=ROLLOUT,
        description="Try a node again that an earlier run reverted to Docker.",
        variables=("preflight_retry",),
    ),
)
