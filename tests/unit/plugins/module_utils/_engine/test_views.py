# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal as status shows it."""

import re

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import PHASES
from ansible_collections.cri.switchover.plugins.module_utils._engine.views import human_readable, view
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import ARGS, build, run
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.samples import journal

pytestmark = pytest.mark.usefixtures("quick")


def test_view_shows_the_running_step_and_is_human_readable_too():
    given = journal("switching", ["stop_kubelet"])
    given.begin("stop_pods", 5)
    shown = view(given)
    assert (shown["step"], shown["outcome"], shown["run_id"]) == ("stop_pods", None, "r1")
    text = human_readable(given)
    assert "stop_kubelet" in text and "..." in text and "watchdog" in text
    for phase in PHASES:
        assert human_readable(journal(phase))


def test_status_shows_when_the_watchdog_expires(tmp_path):
    node, store, plan = build(tmp_path)
    run(node, store)
    found = re.search(r"The watchdog expires in (\d+) s", commands.do_status(node, store, dict(ARGS, json=False))[1])
    assert found and 590 < int(found.group(1)) <= 600
    commands.do_confirm(node, store, ARGS)
    assert "watchdog expires" not in commands.do_status(node, store, dict(ARGS, json=False))[1]
