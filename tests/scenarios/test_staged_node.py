"""Staging changes nothing that runs, and nothing that a restart or a reboot would apply: it is the old node."""

from __future__ import annotations

import time

import pytest
from lab import ssh
from scenario import Scenario

pytestmark = pytest.mark.long


def docker_containers(number: int) -> str:
    return ssh.run(number, "docker ps -q --no-trunc --filter label=io.kubernetes.docker.type | sort")


def test_a_staged_node_is_the_old_node(lab: Scenario):
    lab.remember()
    containers = docker_containers(1)
    run = lab.play("playbooks/stage.yml")
    assert run.code == 0, lab.plays[-1].tail()
    for number in lab.cluster.numbers:
        assert lab.journal(number)["phase"] == "staged"
        lab.assert_never_touched(number)

    lab.restart_runtime(1, "containerd")
    time.sleep(20)  # long enough for kubelet to notice, if it were concerned
    assert docker_containers(1) == containers, "pods were restarted by a restart of containerd"
    after = lab.assert_untouched_files(1)
    assert after["units"]["kubelet.service"] == lab.before[1]["units"]["kubelet.service"]
    assert after["units"]["docker.service"] == lab.before[1]["units"]["docker.service"]
    assert ssh.run(1, "crictl --runtime-endpoint unix:///run/containerd/containerd.sock pods -q") == ""

    lab.reboot(1)
    lab.assert_on_docker(1, unschedulable=False)
    assert lab.journal(1)["phase"] == "staged"
    lab.assert_never_touched(2)
