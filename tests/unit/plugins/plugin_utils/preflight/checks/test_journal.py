# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    CLUSTER,
    INFO,
    NODE,
    POD,
    PROXY,
    SETTINGS,
    changed,
    found,
    tokens,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

BLOCKERS = [
    ("CRI-JOURNAL-VERSION", {"journal": {"phase": "switching", "run_id": "r1", "tool_version": "0.0.1"}}),
    ("CRI-JOURNAL-VERSION", {"journal": {"phase": "revert_blocked", "run_id": "r1", "tool_version": "0.0.1"}}),
    ("CRI-JOURNAL-LOCKED", {"journal": {"phase": "staged", "lock": {"owner": "bob", "seconds_left": 20}}}),
    ("CRI-JOURNAL-REVERT-FAILED", {"journal": {"phase": "revert_failed", "run_id": "r1"}}),
    ("CRI-JOURNAL-UNREADABLE", {"journal": {"error": "journal.json is not readable"}}),
    ("CRI-JOURNAL-UNREADABLE", {"journal": {"phase": "finalized", "drift": [], "error": "plan.json is damaged: x"}}),
    ("CRI-JOURNAL-NEWER", {"journal": {"phase": "finalized", "newer": True, "tool_version": "9.0.0"}}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


FINE = [
    {"journal": {"phase": "staged", "run_id": "r1"}},
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []


RESUMED = [
    ("note", "CRI-JOURNAL-RESUMED", "switching"),
    ("note", "CRI-JOURNAL-RESUMED", "reverting"),
    ("note", "CRI-JOURNAL-RESUMED", "switched"),
    ("warning", "CRI-JOURNAL-REVERT-BLOCKED", "revert_blocked"),
    ("note", "CRI-JOURNAL-RESUMED", "confirmed"),
    ("warning", "CRI-JOURNAL-REVERTED", "reverted"),
]


# In the middle of it nothing of a node need be well.
HALF_WAY = {
    "kubelet/running": False,
    "kubelet/version": None,
    "docker/running": False,
    "docker/api_ok": False,
    **PROXY,
    "cni/active": None,
    "containerd/enabled": "masked",
    "disk/containerd/avail": 0,
    "packages/simulation": {"ok": False, "error": "locked"},
    "packages": {"error": "dpkg was interrupted"},
}


HALF_WAY_CLUSTER = {
    "nodes/node1/ready": False,
    "nodes/node1/runtime_version": "other://1",
    "nodes/node1/kubelet_version": "v1.22.0",
    "nodes/node1/pods": [dict(POD, owner_kind=None, emptydir=True)],
    "nodes/node1/unschedulable": True,
    "nodes/node1/annotations": {"cri.switchover/cordon": "{}"},
    "runner/on_node": "node1",
}


@pytest.mark.parametrize("level, error_token, phase", RESUMED)
def test_what_concerns_a_fresh_switch_does_not_block_one_that_was_begun(level, error_token, phase):
    journal = {"phase": phase, "run_id": "r1", "owner": "ann", "why": "CRI-X: y", "tool_version": VERSION}
    in_use = {"confirmed": "containerd", "reverted": "docker"}.get(phase, "unknown")
    info = changed(INFO, dict(HALF_WAY, journal=journal, runtime={"in_use": in_use}))
    findings = found(info, changed(CLUSTER, HALF_WAY_CLUSTER))
    assert tokens(findings) == []
    assert sorted(tokens(findings, level) + tokens(findings, "note")) == sorted(
        {error_token, "CRI-PF-CORDONED-BY-RUN"} if level == "warning" else [error_token, "CRI-PF-CORDONED-BY-RUN"] * 2
    )
    # Who it is must be certain all the same, and nobody else may work on it.
    assert tokens(found(info, changed(CLUSTER, {"nodes": {"other": NODE}}))) == ["CRI-PF-NODE-NAME"]
    held = changed(info, {"journal/lock": {"owner": "bob", "seconds_left": 9}})
    assert tokens(found(held, changed(CLUSTER, HALF_WAY_CLUSTER))) == ["CRI-JOURNAL-LOCKED"]
    assert tokens(found(info, unreachable=True)) == ["CRI-PF-UNREACHABLE"]


def test_a_node_that_was_reverted_is_reported_with_the_reason():
    info = changed(INFO, {"journal": {"phase": "reverted", "run_id": "r1", "why": "CRI-VERIFY-READY: not Ready"}})
    judged = found(info)
    assert tokens(judged, "warning") == ["CRI-JOURNAL-REVERTED"] and len(judged) == 1
    assert "CRI-VERIFY-READY: not Ready" in judged[0]["message"] and "switchover_retry: true" in judged[0]["remedy"]
    again = found(changed(info, PROXY), settings=dict(SETTINGS, retry=True))
    assert tokens(again, "note") == ["CRI-JOURNAL-REVERTED"]
    assert tokens(again) == ["CRI-PF-PROXIES"]  # tried again: then all of it counts


def test_a_node_whose_revert_was_asked_for_has_nothing_to_fix():
    journal = {"phase": "reverted", "reason": "CRI-CUTOVER-ASKED", "why": "CRI-CUTOVER-ASKED: it was asked for"}
    judged = found(changed(INFO, {"journal": journal}))
    assert "it was asked for" in judged[0]["message"] and "To switch it again: switchover_retry" in judged[0]["remedy"]


def test_a_finalized_node_that_is_still_cordoned_by_us_is_resumed():
    journal = {"phase": "finalized", "tool_version": "0.0.1"}
    info = changed(INFO, {"runtime": {"in_use": "containerd"}, "journal": journal})
    seen = {
        "nodes/node1/runtime_version": "containerd://1",
        "nodes/node1/annotations": {"cri.switchover/cordon": "{}"},
    }
    assert sorted(tokens(found(info, changed(CLUSTER, seen)), "note")) == [
        "CRI-JOURNAL-RESUMED",
        "CRI-PF-CORDONED-BY-RUN",
    ]
