"""What an operator gets wrong is said before anything changes, with an error token and the name of what is wrong."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest
from arguments import settings
from executions import executions
from lab import controlplane, netns
from node_state import read_state
from scenario import CORDON, Run, Scenario

pytestmark = pytest.mark.ci

READER = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: scenario-reader}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: scenario-reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: scenario-reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: scenario-reader}
"""


@dataclass(frozen=True)
class Mistakes:
    """What is found in one run, and so reported together: {reason: words that must be in what is said}."""

    arguments: tuple[str, ...]
    reported: dict[str, tuple[str, ...]]
    # Modules that may have run on each node until it was noticed.
    executions: int = 0
    seconds: float = 60


MISTAKES = {
    "settings": Mistakes(
        settings(switchover_tarjet="containerd", switchover_target="podman", switchover_batches=["0%"]),
        {
            "CRI-SETTINGS-UNKNOWN": ("switchover_tarjet", "did you mean switchover_target?"),
            "CRI-SETTINGS-VALUE": ("switchover_target is 'podman'", "containerd", "switchover_batches", "0%"),
        },
    ),
    "limit": Mistakes(("--limit", "node1"), {"CRI-SETTINGS-LIMIT": ("kube_control_plane",)}),
    "unreachable API": Mistakes(
        ("-e", "switchover_kubeconfig={dead}"), {"CRI-PREFLIGHT": ("10.99.0.1:9",)}, executions=1, seconds=150
    ),
    "node name, no right to evict": Mistakes(
        ("-e", "switchover_node_name=ghost", "-e", "switchover_kubeconfig={reader}"),
        {
            "CRI-PF-NODE-NAME": ("no node ghost",),
            "CRI-PF-NODE-TWICE": ("node1, node2 are all node ghost",),
            "CRI-PF-RIGHTS": ("evict pods",),
        },
        executions=1,
        seconds=150,
    ),
}


@pytest.fixture(scope="module")
def kubeconfigs(shared_lab: Scenario, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One whose server is a port where nobody listens, one of a user who may only read."""
    home = tmp_path_factory.mktemp("kubeconfigs")
    dead = home / "dead.conf"
    dead.write_text(controlplane.kubeconfig().read_text().replace(controlplane.API, "https://10.99.0.1:9"))
    reader = home / "reader.conf"
    shared_lab.cluster.kubectl("apply", "-f", "-", stdin=READER)
    # The cluster may have been made in another place than it runs in.
    config = (controlplane.state() / "kubeadm.yaml").read_text()
    moved = home / "kubeadm.yaml"
    moved.write_text(re.sub(r"(?m)^certificatesDir: .*", f"certificatesDir: {controlplane.pki()}", config))
    kubeadm = [str(shared_lab.cluster.bin / "kubeadm"), "kubeconfig", "user", "--client-name=scenario-reader"]
    made = netns.run([*kubeadm, f"--config={moved}"])
    reader.write_text(made.stdout)
    return {"dead": str(dead), "reader": str(reader)}


def all_text(run: Run) -> str:
    return "\n".join(result["msg"] for result in run.failures())


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named_before_anything_changes(shared_lab: Scenario, kubeconfigs: dict[str, str], name: str):
    mistakes = MISTAKES[name]
    began = time.time()
    arguments = [a if a.startswith('{"') else a.format(**kubeconfigs) for a in mistakes.arguments]
    run = shared_lab.play("switch-runtime.yml", *arguments, patience=400)
    assert run.code != 0
    for reason, words in mistakes.reported.items():
        assert run.said(reason), f"{reason} was not said; failures: {run.failures()}"
        for word in words:
            assert word in all_text(run), f"{word} is not named in: {all_text(run)}"
    assert not run.changed()
    for number in shared_lab.cluster.numbers:
        assert len(executions(number, began)) <= mistakes.executions
        assert not [e for e in shared_lab.history(number) if e["unschedulable"]], f"node{number} was cordoned"
    assert run.seconds < mistakes.seconds, "mistakes must be reported soon"


def test_nothing_was_left_on_the_nodes(shared_lab: Scenario):
    """After all of the above."""
    for number in shared_lab.cluster.numbers:
        shared_lab.assert_never_touched(number)
        assert not read_state(number)["state"], "a state directory was made by a run that must not change anything"
        assert CORDON not in shared_lab.node(number)["metadata"].get("annotations", {})
