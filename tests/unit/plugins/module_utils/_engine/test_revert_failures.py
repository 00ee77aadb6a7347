# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A revert with a step that fails: it is tried again, and says so where that does not help."""

import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands, revert_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    ARGS,
    build,
    put,
    reverted,
    run,
    tree,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_what_cannot_be_reverted_is_revert_failed_and_says_so(tmp_path):
    node, store, plan = build(tmp_path)
    node.broken = {"crictl": "no such socket", "systemctl restart containerd.service": "no"}
    code, answer = run(node, store)
    assert (code, answer["phase"]) == (1, "revert_failed")
    assert "the revert failed" in answer["error"] and answer["reason"] == "CRI-COMMAND-FAILED"
    node.broken = {}
    assert commands.do_revert(node, store, ARGS)[1]["phase"] == "reverted", "asked again, it tries again"


def once(step, calls):
    """The first call of this step fails."""

    def wrapped(engine):
        calls.append(step.__name__)
        if calls.count(step.__name__) == 1:
            raise Failure("CRI-TEST", "once")
        return step(engine)

    wrapped.__name__ = step.__name__
    return wrapped


@pytest.mark.parametrize(
    "name", [step.__name__ for step, _seconds in revert_steps.REVERT[1:] if step is not revert_steps.revert_loader]
)
def test_a_step_of_the_revert_that_fails_once_is_tried_again(tmp_path, monkeypatch, name):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    calls = []
    monkeypatch.setattr(
        revert_steps,
        "REVERT",
        [(once(step, calls) if step.__name__ == name else step, seconds) for step, seconds in revert_steps.REVERT],
    )
    code, answer = commands.do_revert(node, store, dict(ARGS, watchdog=True))
    assert (code, calls) == (0, [name, name])
    steps = [(step["name"], step["outcome"]) for step in reverted(node, store, before)["steps"]]
    assert steps.count((name, "failed")) == steps.count((name, "ok")) == 1


def test_another_try_leaves_alone_what_dockers_kubelet_has_begun(tmp_path, monkeypatch):
    """Its first try got as far as kubelet, which made a sandbox, and then failed."""
    node, store, plan = build(tmp_path)
    run(node, store)
    new = "/var/lib/cni/cache/results/pods-%s-eth0" % ("c" * 64)
    failed = []

    def start_kubelet(engine):
        if not failed:
            failed.append(1)
            put(node, new, json.dumps({"kind": "cniCacheV1", "containerId": "c" * 64}).encode())
            del node.calls[:]
            raise Failure("CRI-TEST", "once")

    start_kubelet.__name__ = "revert_start_kubelet"
    monkeypatch.setattr(revert_steps, "REVERT", revert_steps.REVERT[:-1] + ((start_kubelet, 240),))
    assert commands.do_revert(node, store, dict(ARGS, watchdog=True))[1]["phase"] == "reverted"
    assert os.path.exists(node.path(new)) and ["/opt/cni/bin/bridge"] not in node.calls
    assert ["systemctl", "restart", "containerd.service"] not in node.calls[:3], "what is its own stays up"
