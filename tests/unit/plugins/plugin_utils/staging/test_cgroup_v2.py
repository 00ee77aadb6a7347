# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action cgroup_v2: which modes fail for which nodes, and what they plan."""

import pytest
from unit.plugins.plugin_utils.preflight.checks.test_cgroup_v2 import BOOT

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError
from ansible_collections.cri.switchover.plugins.plugin_utils.staging import cgroup_v2 as core
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.cgroup_facts import info

UNREADABLE = {"cgroup__version": None, "cgroup__error": "OSError: not today"}


def assessed(mode, target="containerd", boot=BOOT, **changes):
    return core.assess("n1", dict(info(**changes), boot=boot), registry.target(target), mode)


@pytest.mark.parametrize(
    "mode, unified, version, wanted, boots",
    [
        ("report", True, 2, 2, False),
        ("report", False, 1, 1, False),
        ("require", True, 2, 2, False),
        ("enable", True, 2, 2, False),
        ("enable", False, 1, 2, True),
    ],
)
def test_what_is_planned(mode, unified, version, wanted, boots):
    found = assessed(mode, unified=unified, kubelet__cgroup_driver="cgroupfs")
    assert (found["version"], found["wanted"], bool(found["boot"])) == (version, wanted, boots)
    now = {"cgroup": found["info"]["cgroup"]["version"], "driver": found["info"]["kubelet"]["cgroup_driver"]}
    assert now == ({"cgroup": 2, "driver": "systemd"} if boots else {"cgroup": version, "driver": "cgroupfs"})
    assert ("cgroup v1" in found["features"].values()) is (wanted == 1)
    assert found["report"][0] == "n1:" and found["changed"] is False


def test_the_given_facts_stay_as_they_are():
    facts = dict(info(unified=False), boot=BOOT)
    core.assess("n1", facts, registry.target("crio"), "enable")
    assert facts["cgroup"]["version"] == 1


@pytest.mark.parametrize(
    "mode, boot, changes, reason, words",
    [
        ("require", BOOT, {"unified": False}, "CRI-PF-CGROUP-V1", "n1: the node is on cgroup v1. To fix it: set"),
        ("enable", BOOT, {"unified": False, "os__kernel": "5.1.0"}, "CRI-PF-CGROUP-ENABLE", "needs kernel 5.2"),
        ("enable", dict(BOOT, tools=[]), {"unified": False}, "CRI-PF-CGROUP-BOOT", "no boot loader is known here"),
        ("enable", {}, {"unified": False}, "CRI-PF-CGROUP-BOOT", "no boot loader is known here"),
        ("require", BOOT, {"cgroup__controllers": ["io"]}, "CRI-PF-CGROUP-CONTROLLERS", "lacks the controllers"),
        ("require", BOOT, UNREADABLE, "CRI-CGROUP-UNKNOWN", "n1: the cgroup version could not be read: OSError"),
        ("enable", BOOT, UNREADABLE, "CRI-CGROUP-UNKNOWN", "not today"),
    ],
)
def test_what_is_refused(mode, boot, changes, reason, words):
    with pytest.raises(ActionError) as caught:
        assessed(mode, boot=boot, **changes)
    assert caught.value.reason == reason and words in str(caught.value)
    assert caught.value.result()["failed"] and caught.value.result()["msg"].startswith(reason + ": ")
    assert assessed("report", boot=boot, **changes)["boot"] == {}, "a report refuses nothing"
