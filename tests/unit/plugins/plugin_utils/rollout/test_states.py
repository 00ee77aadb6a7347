# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import states

# What the host has now.
NOW = {"switchover_pause_image": "d"}


@pytest.mark.parametrize(
    "in_use, phase, digest, state",
    [
        ("docker", None, None, "pending"),
        ("docker", "staged", "d", "pending"),
        ("docker", "switching", "d", "interrupted"),
        ("containerd", "switching", "d", "interrupted"),
        ("unknown", "switching", "d", "interrupted"),
        ("containerd", "reverting", "d", "interrupted"),
        ("docker", "reverting", "d", "interrupted"),
        ("containerd", "switched", "d", "switched"),
        ("unknown", "switched", "d", "switched"),
        ("containerd", "revert_blocked", "d", "switched"),
        ("docker", "reverted", "d", "reverted"),
        ("unknown", "reverted", "d", "reverted"),
        ("containerd", "reverted", "d", "done"),  # somebody else moved it since
        ("docker", "finalized", "d", "pending"),  # somebody else moved it back
        ("docker", "confirmed", "d", "pending"),
        ("containerd", "finalized", "d", "done"),
        ("containerd", "finalized", "other", "drift"),
        ("containerd", "confirmed", "d", "awaiting_finalize"),
        ("containerd", "confirmed", "other", "awaiting_finalize"),
        ("containerd", None, None, "done"),
        ("docker", "revert_failed", "d", "revert_failed"),
        ("containerd", "revert_failed", "d", "revert_failed"),
        ("unknown", None, None, "pending"),
    ],
)
def test_what_a_node_needs(in_use, phase, digest, state):
    info = {
        "runtime": {"in_use": in_use},
        "journal": {"phase": phase, "to": "containerd", "settings": {"switchover_pause_image": digest}}
        if phase
        else None,
    }
    assert states.node_state(info, "containerd", NOW) == state
    # An uncordon that is due concerns finalized nodes only, a second try only those that were reverted.
    cordoned = "awaiting_finalize" if (in_use, phase) == ("containerd", "finalized") else state
    assert states.node_state(info, "containerd", NOW, cordoned=True) == cordoned
    again = "pending" if state == "reverted" else state
    assert states.node_state(info, "containerd", NOW, retry=True) == again


@pytest.mark.parametrize("recorded", [None, {}])
def test_there_is_no_drift_where_no_settings_were_recorded(recorded):
    journal = {"phase": "finalized", "to": "containerd", "settings": recorded}
    info = {"runtime": {"in_use": "containerd"}, "journal": journal}
    assert states.node_state(info, "containerd", NOW) == "done"


@pytest.mark.parametrize("journal", [{"error": "torn"}, {"newer": True, "phase": "finalized"}])
def test_a_journal_that_cannot_be_read_is_for_a_human(journal):
    assert (
        states.node_state({"runtime": {"in_use": "docker"}, "journal": journal}, "containerd", NOW) == "revert_failed"
    )


@pytest.mark.parametrize(
    "in_use, phase, state, cordoned",
    [
        ("containerd", "finalized", "revert", "revert"),
        ("containerd", "confirmed", "revert", "revert"),
        ("containerd", "revert_blocked", "revert", "revert"),
        ("containerd", "switched", "revert", "revert"),
        ("unknown", "finalized", "revert", "revert"),
        ("docker", "finalized", "done", "done"),  # somebody moved it back
        ("docker", "reverted", "done", "reverted"),
        ("docker", "staged", "done", "done"),
        ("docker", None, "done", "done"),
        ("containerd", None, "done", "done"),  # born there
        ("containerd", "switching", "interrupted", "interrupted"),
        ("containerd", "reverting", "interrupted", "interrupted"),
        ("docker", "revert_failed", "revert_failed", "revert_failed"),
    ],
)
def test_what_a_node_needs_for_a_revert(in_use, phase, state, cordoned):
    info = {"runtime": {"in_use": in_use}, "journal": {"phase": phase} if phase else None}
    assert states.revert_state(info) == state
    assert states.revert_state(info, cordoned=True) == cordoned


@pytest.mark.parametrize("journal", [{"error": "torn"}, {"newer": True, "phase": "finalized"}])
def test_nothing_is_reverted_by_a_journal_that_cannot_be_read(journal):
    assert states.revert_state({"runtime": {"in_use": "containerd"}, "journal": journal}) == "revert_failed"
