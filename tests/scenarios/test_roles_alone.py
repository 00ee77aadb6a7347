"""The examples in the READMEs of roles, on real nodes: what each executes there, and that nothing there has changed."""

from __future__ import annotations

import json
import re
import time

import pytest
from executions import executions
from lab import ssh
from playbooks.readme import example
from scenario import Scenario

pytestmark = pytest.mark.ci

STAGED = "/var/lib/cri-switchover/staged"
# {role: how many modules it executes on a node}
ROLES = {"cgroup_v2": 1, "kubelet_runtime": 2}


@pytest.mark.parametrize("role", ROLES)
def test_the_example_reports_and_changes_nothing_live(shared_lab: Scenario, role: str):
    book = shared_lab.tmp / f"{role}.yml"
    book.write_text(example(role), encoding="utf-8")
    began = time.time()
    run = shared_lab.play(str(book), patience=300)
    assert run.code == 0, shared_lab.plays[-1].tail()
    for number in shared_lab.cluster.numbers:
        assert len(executions(number, began)) == ROLES[role]
        shared_lab.assert_never_touched(number)
        assert not shared_lab.journal(number), "there is no plan that an engine could begin"


def test_what_was_staged_for_kubelet_is_what_a_switch_would_write(shared_lab: Scenario):
    """After the above. A second run stages nothing."""
    for number in shared_lab.cluster.numbers:
        found = ssh.run(number, f"grep -rl container-runtime-endpoint {STAGED}").split()
        assert found and all(path.startswith(f"{STAGED}/") for path in found)
        assert ssh.run(number, f"stat -c %a {STAGED}").strip() == "700"
    again = shared_lab.play(str(shared_lab.tmp / "kubelet_runtime.yml"), patience=300)
    assert again.code == 0 and not again.changed(), json.dumps(again.changed())


def test_nodes_are_drained_and_returned_without_an_execution_on_them(shared_lab: Scenario):
    book = shared_lab.tmp / "drain_node.yml"
    book.write_text(example("drain_node"), encoding="utf-8")
    began = time.time()
    run = shared_lab.play(str(book), patience=600)
    assert run.code == 0, shared_lab.plays[-1].tail()
    left = [int(count) for count in re.findall(r"(\d+) pods have left the node", run.output)]
    assert len(left) == len(shared_lab.cluster.numbers) and min(left) > 0, run.output[-2000:]
    for number in shared_lab.cluster.numbers:
        assert executions(number, began) == []
        assert len(shared_lab.windows(number)) == 1, "cordoned once, and back in service"
        shared_lab.assert_on_docker(number, unschedulable=False)
