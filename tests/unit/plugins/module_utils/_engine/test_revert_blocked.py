# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker is dead: the node stays on the target, which works."""

import contextlib
import os
import socket

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands, docker, switch_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    AFTER,
    ARGS,
    REQUEST,
    build,
    run,
    tree,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_a_node_whose_docker_is_dead_stays_where_it_works(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    after = tree(node)
    node.docker_runs = False
    code, answer = commands.do_revert(node, store, dict(ARGS, watchdog=True))
    assert (code, answer["phase"], answer["reason"]) == (1, "revert_blocked", "CRI-REVERT-SOURCE")
    assert not any(call[:3] == ["systemctl", "stop", "kubelet.service"] for call in node.calls[-20:])
    assert node.states["kubelet.service"][0] == "active"
    kept = dict((path, what) for path, what in after.items() if "recover" not in path and "requires" not in path)
    assert tree(node) == kept
    # fixed: reverted after all; or accepted as it is
    node.docker_runs = True
    assert commands.do_revert(node, store, ARGS)[1]["phase"] == "reverted"


def test_a_node_that_stayed_can_be_accepted(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    node.docker_runs = False
    commands.do_revert(node, store, dict(ARGS, watchdog=True))
    assert commands.do_confirm(node, store, ARGS)[1]["phase"] == "confirmed"


def test_docker_dies_after_the_target_is_verified_and_the_switch_is_finished(tmp_path, monkeypatch):
    node, store, plan = build(tmp_path)
    real, failed = switch_steps.SWITCH, []

    def write_kubelet(engine):
        if not failed:
            failed.append(1)
            node.docker_runs = False
            raise Failure("CRI-TEST", "once")
        next(step for step, _seconds in real if step.__name__ == "write_kubelet")(engine)

    monkeypatch.setattr(
        switch_steps,
        "SWITCH",
        [(write_kubelet if step.__name__ == "write_kubelet" else step, seconds) for step, seconds in real],
    )
    code, answer = run(node, store)
    assert (code, answer["phase"]) == (1, "revert_blocked"), answer["error"]
    assert node.read("/var/lib/kubelet/kubeadm-flags.env") == AFTER["/var/lib/kubelet/kubeadm-flags.env"][1]


@pytest.mark.parametrize("answer", [b"", b'HTTP/1.0 200 OK\r\n\r\n[{"Id"', b"HTTP/1.0 500 x\r\n\r\nno JSON", b"HTTP"])
def test_a_docker_that_dies_while_it_answers_cannot_have_the_node_back(tmp_path, monkeypatch, answer):
    """It is asked before anything stops: the node stays where it works."""
    node, store, plan = build(tmp_path)
    run(node, store)
    monkeypatch.setattr(docker, "read_all", lambda connection: answer)
    path = str(tmp_path / "docker.sock")
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as server:
        # As short as a socket's path has to be.
        here = os.getcwd()
        os.chdir(str(tmp_path))
        server.bind("docker.sock")
        os.chdir(here)
        server.listen(1)
        monkeypatch.setattr(docker, "DOCKER_SOCKET", "/docker.sock")
        assert node.path("/docker.sock") == path
        monkeypatch.setattr(docker.Docker, "request", REQUEST)
        code, answer = commands.do_revert(node, store, dict(ARGS, watchdog=True))
    assert (code, answer["phase"]) == (1, "revert_blocked"), answer["error"]
    assert node.states["kubelet.service"][0] == "active"
