# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action handler_plan: what is installed, what is left out, and what is refused in the end."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError
from ansible_collections.cri.switchover.plugins.plugin_utils.staging import handler_plan as core
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.handler_facts import (
    CRUN,
    RUNC,
    RUNSC,
    info,
)

CONTAINERD, CRIO = registry.target("containerd"), registry.target("crio")
PACKAGED = dict(RUNSC, options={"source": "package"})


def test_nothing_declared_needs_nothing_of_any_node():
    assert core.planned([], {}, CRIO) == {"packages": [], "manager": None, "gvisor": None}
    assert core.checked([], {}, CONTAINERD, {}) == {"info": {}, "handlers": [], "findings": []}
    assert core.report({"packages": [], "gvisor": None}, [], {}) == []


def test_what_the_node_lacks():
    plan = core.planned([RUNC, CRUN, PACKAGED], info(handlers__programs={}), CONTAINERD)
    assert plan["packages"] == ["runc", "crun"] and plan["gvisor"]["package"] == "runsc"
    assert core.planned([RUNC, CRUN], info(), CONTAINERD)["packages"] == []


def test_an_optional_handler_that_cannot_work_is_left_out():
    """gVisor needs a newer CRI-O."""
    facts = info(crio__version="1.34.0", handlers__programs={})
    declared = [RUNC, dict(PACKAGED, optional=True)]
    assert core.planned(declared, facts, CRIO)["gvisor"] is None
    found = core.checked(declared, facts, CRIO, {})
    assert found["handlers"] == ["runc"] and [item["leaves_out"] for item in found["findings"]] == [True]
    assert core.planned(declared, facts, CONTAINERD)["gvisor"] is not None


@pytest.mark.parametrize(
    "declared, reason, words",
    [
        ([{"name": "x", "runtime": "kata", "default": True}], "CRI-SETTINGS-VALUE", "switchover_handlers: handler x"),
        ([RUNC, dict(CRUN, options={"binary": "/none"})], "CRI-HANDLERS", "this node has no /none. To fix it: put it"),
        ([RUNC, dict(RUNSC, options={"platform": "kvm"})], "CRI-HANDLERS", "platform kvm needs /dev/kvm"),
    ],
)
def test_what_is_refused(declared, reason, words):
    with pytest.raises(ActionError) as caught:
        core.checked(declared, info(handlers__programs__crun=None), CONTAINERD, {})
    assert caught.value.reason == reason and words in str(caught.value)


def test_what_was_installed_since_is_part_of_the_facts():
    before = info(handlers__programs={"runc": {"path": "/usr/sbin/runc", "version": "1.1.5"}})
    new = {"runsc": {"path": "/usr/local/bin/runsc", "version": "release-20210101.0"}}
    with pytest.raises(ActionError, match="does not know the platform systrap"):
        core.checked([RUNC, PACKAGED], before, CONTAINERD, new)
    new["runsc"]["version"] = "release-20260810.0"
    found = core.checked([RUNC, PACKAGED], before, CONTAINERD, new)
    assert set(found["info"]["handlers"]["programs"]) == {"runc", "runsc"}
    assert found["info"]["handlers"]["path"] == before["handlers"]["path"]
    assert "runsc" not in before["handlers"]["programs"], "the given facts stay as they are"


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, []),
        (
            {"handlers__programs__crun": None},
            [
                "Would install the packages crun.",
                "Not checked yet: handler crun, because crun is not on the node.",
            ],
        ),
        (
            {"handlers__programs__runsc": None},
            ["Would install gVisor's programs.", "Not checked yet: handler gvisor, because runsc is not on the node."],
        ),
    ],
)
def test_what_a_dry_run_reports(changes, expected):
    facts, declared = info(**changes), [RUNC, CRUN, PACKAGED]
    assert core.report(core.planned(declared, facts, CONTAINERD), declared, facts) == expected
