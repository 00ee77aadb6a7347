# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hangs takes no more than the time that it has."""

import time

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.work import Work
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    ARGS,
    build,
    reverted,
    run,
    tree,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_a_command_that_is_out_of_time_is_over_with_all_that_it_has_begun(tmp_path):
    """Its child holds the pipes, as a CNI plugin's IPAM does."""
    node, began = Node(str(tmp_path)), time.monotonic()
    with pytest.raises(Failure) as caught:
        node.run(["/bin/sh", "-c", "sleep 60 & sleep 60"], timeout=1)
    assert caught.value.reason == "CRI-TIMEOUT" and time.monotonic() - began < 4


def test_cni_plugins_that_hang_take_no_more_time_than_the_step_has(tmp_path, monkeypatch):
    node, store, plan = build(tmp_path)
    work = Work(node, store, plan, store.journal())
    (path,) = work.cni.results()
    cached, asked = work.cni.cached(path), []

    def hangs(argv, timeout=30, **kwargs):
        asked.append(timeout)
        work.time.begin(0)
        raise Failure("CRI-TIMEOUT", "no answer")

    monkeypatch.setattr(node, "run", hangs)
    work.time.begin(20)
    assert [work.cni.delete(cached, "", must=False) for _unused in range(12)] == [False] * 12
    assert len(asked) == 1 and 15 < asked[0] <= 20, "the others were not even begun"


def test_a_target_that_hangs_in_its_start_goes_by_cgroup(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    real = node.systemd

    def systemd(words):
        if words == ["restart", "containerd.service"] and node.states["kubelet.service"][0] == "inactive":
            node.states["containerd.service"][0] = "inactive"
            raise Failure("CRI-TIMEOUT", "no answer")
        return real(words)

    node.systemd = systemd
    commands.do_revert(node, store, dict(ARGS, watchdog=True))
    steps = reverted(node, store, before)["steps"]
    assert [step["note"] for step in steps if step["name"] == "revert_remove_pods"] == ["by cgroup"]
