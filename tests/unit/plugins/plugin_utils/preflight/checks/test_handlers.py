# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declared handlers as findings."""

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import handlers as handler_findings
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.handler_facts import RUNC, RUNSC, info


def test_findings():
    declared = [RUNC, dict(RUNSC, optional=True), dict(RUNSC, name="strict")]
    found = list(handler_findings.judge_handlers("node1", info(cgroup__version=1), declared, "containerd"))
    assert [(item["level"], item["token"]) for item in found] == [
        ("warning", "CRI-PF-HANDLER-GVISOR-CGROUPS"),
        ("blocker", "CRI-PF-HANDLER-GVISOR-CGROUPS"),
    ]
    assert "it is optional, and left out here" in found[0]["reason"]
    assert list(handler_findings.judge_handlers("node1", {}, [], "containerd")) == []
    assert list(handler_findings.judge_handlers("node1", {}, ["nonsense"], "containerd")) == []


@pytest.mark.parametrize(
    "declared, may, blocked",
    [
        ([RUNC, dict(RUNSC)], False, True),
        ([RUNC, dict(RUNSC)], True, False),
        # The default alone has no class.
        ([RUNC], False, False),
    ],
)
def test_who_may_not_make_runtime_classes_is_told_before(declared, may, blocked):
    cluster = {"rights": {"create runtimeclasses": may, "patch runtimeclasses": True}}
    found = list(handler_findings.judge_handlers("node1", info(), declared, "containerd", cluster))
    assert [(item["level"], item["token"]) for item in found] == ([("blocker", "CRI-PF-RIGHTS")] if blocked else [])
