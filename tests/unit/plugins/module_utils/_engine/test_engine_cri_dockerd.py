# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cri-dockerd as the source: its units end with Docker, and come back behind it."""

import importlib.util
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.cli import parse
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import new_journal

_spec = importlib.util.spec_from_file_location("engine_node", os.path.join(os.path.dirname(__file__), "engine_node.py"))
engine_node = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(engine_node)

ARGS = parse(["run", "--run-id", "r1", "--json"])
SHIM = ["cri-docker.service", "cri-docker.socket"]
DOCKER = ["docker.socket", "docker.service"]
CHECKPOINTS = "/var/lib/cri-dockerd/sandbox/"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    engine_node.quick(monkeypatch)


def switched(tmp_path, **docker):
    """A node that came from cri-dockerd, confirmed on its target."""
    node, store, plan = engine_node.build(tmp_path)
    source = {"runtime": "docker", "shim": "cri-dockerd", "units": SHIM, "root_dir": "/var/lib/cri-dockerd"}
    plan = dict(plan, docker=dict({"keep": False, "keep_shim": False}, **docker), **{"from": source})
    store.save("plan.json", plan)
    store.save("journal.json", new_journal(plan, 0))
    node.states.update((unit, ["active", "enabled"]) for unit in SHIM)
    found = dict((unit, list(state)) for unit, state in node.states.items())
    for name, text in ((engine_node.PAUSE, b'{"version": "v1"}'), ("c" * 64, b"{}"), ("d" * 64, b"half a {")):
        engine_node.put(node, CHECKPOINTS + name, text)
    assert commands.do_run(node, store, ARGS)[0] == 0
    assert commands.do_confirm(node, store, ARGS)[0] == 0
    return node, store, found


@pytest.mark.parametrize(
    "docker, ended",
    [
        ({}, SHIM + DOCKER),
        # Docker has other users: nobody has one for the shim.
        ({"keep": True}, SHIM),
        ({"keep": True, "keep_shim": True}, None),
    ],
)
def test_what_ends_when_the_node_is_finalized(tmp_path, docker, ended):
    node, store, _found = switched(tmp_path, **docker)
    assert commands.do_finalize(node, store, ARGS)[1]["phase"] == "finalized"
    calls = [call[3:] for call in node.calls if call[:3] == ["systemctl", "disable", "--now"]]
    assert calls == ([ended] if ended else [])


def test_the_revert_starts_docker_before_the_shim_that_asks_it(tmp_path):
    node, store, found = switched(tmp_path)
    commands.do_finalize(node, store, ARGS)
    for unit in SHIM + DOCKER:
        node.states[unit][:] = ["inactive", "disabled"]
    del node.calls[:]
    code, answer = commands.do_revert(node, store, ARGS)
    assert (code, answer["phase"]) == (0, "reverted"), answer["error"]
    started = [call[2] for call in node.calls if call[:2] == ["systemctl", "start"]]
    assert started == DOCKER + SHIM[::-1]
    assert node.calls.index(["systemctl", "start", started[-1]]) < node.calls.index(
        ["systemctl", "restart", "kubelet.service"]
    )
    assert node.states == found


def test_its_records_of_sandboxes_that_are_gone_are_put_aside(tmp_path):
    node, store, _found = switched(tmp_path)
    assert commands.do_revert(node, store, ARGS)[1]["phase"] == "reverted"
    assert os.listdir(node.path(CHECKPOINTS)) == [engine_node.PAUSE]


def test_without_its_units_no_revert_is_possible(tmp_path):
    node, store, _found = switched(tmp_path)
    assert commands.do_can_revert(node, store, ARGS)[1]["ok"]
    del node.states["cri-docker.socket"]
    blockers = commands.do_can_revert(node, store, ARGS)[1]["blockers"]
    assert [item["message"] for item in blockers] == ["there is no cri-docker.socket"]
