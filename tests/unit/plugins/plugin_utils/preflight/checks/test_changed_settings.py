# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Each changed setting is reported with its old and its new value; nothing is ignored in silence."""

import pytest
from unit.plugins.plugin_utils.preflight.good_node import INFO, SETTINGS, changed, found

OLD = {"switchover_target": "containerd", "switchover_pause_image": "", "switchover_handlers": []}
ON_TARGET = {
    "runtime": {"in_use": "containerd", "evidence": "x"},
    "journal": {"phase": "finalized", "to": "containerd", "run_id": "r1", "tool_version": "0.1.0", "settings": OLD},
}


def about_settings(info, new=None):
    seen = found(info, settings=dict(SETTINGS, shaping={**OLD, **(new or {})}))
    return [item for item in seen if "-SETTINGS-" in item["token"]]


@pytest.mark.parametrize(
    "new, words",
    [
        ({}, None),
        ({"switchover_pause_image": "p:2"}, 'switchover_pause_image was not set, is "p:2"'),
        ({"switchover_handlers": [{"name": "crun"}]}, 'switchover_handlers was not set, is [{"name": "crun"}]'),
        (
            {"switchover_containerd_snapshotter": "btrfs"},
            'switchover_containerd_snapshotter was "overlayfs", is "btrfs"',
        ),
    ],
)
def test_old_and_new_value(new, words):
    seen = about_settings(changed(INFO, ON_TARGET), new)
    assert [(item["level"], words in item["message"]) for item in seen] == ([("warning", True)] if words else [])
    if words:
        assert "switchover_retry" in seen[0]["remedy"] and [
            change["setting"] for change in seen[0]["details"]["changes"]
        ] == list(new)


def test_a_node_that_was_never_switched_has_no_older_settings():
    assert about_settings(INFO, {"switchover_pause_image": "p:2"}) == []


@pytest.mark.parametrize(
    "phase, is_reported",
    [
        ("switched", True),
        ("confirmed", True),
        ("finalized", True),
        ("revert_blocked", True),
        # Somebody moved it to its target since: there is nothing to revert.
        ("staged", False),
        ("reverted", False),
        ("switching", False),
    ],
)
def test_only_a_switch_that_left_the_node_on_its_target_is_reverted(phase, is_reported):
    info = changed(INFO, {**ON_TARGET, "journal": {**ON_TARGET["journal"], "phase": phase}})
    assert bool(about_settings(info, {"switchover_pause_image": "p:2"})) == is_reported
    unrecorded = about_settings(changed(info, {"journal/settings": None}))
    assert [item["token"] for item in unrecorded] == ["CRI-PF-SETTINGS-UNRECORDED"] * is_reported


def test_a_switch_without_a_record_is_a_note_and_no_drift():
    info = changed(INFO, {**ON_TARGET, "journal": {**ON_TARGET["journal"], "settings": None}})
    (note,) = about_settings(info, {"switchover_pause_image": "p:2"})
    assert (note["level"], note["token"]) == ("note", "CRI-PF-SETTINGS-UNRECORDED")
    assert "run r1 of cri.switchover 0.1.0" in note["message"]


def test_a_node_with_changed_settings_is_not_said_to_need_nothing():
    settings = dict(SETTINGS, shaping=dict(OLD, switchover_pause_image="p:2"))
    (done,) = [item for item in found(changed(INFO, ON_TARGET), settings=settings) if item["token"] == "CRI-PF-DONE"]
    assert "CRI-PF-SETTINGS-CHANGED" in done["remedy"]


def test_cgroups_are_reported_as_the_node_has_them():
    info = changed(INFO, {**ON_TARGET, "cgroup": {"version": 1}})
    (item,) = about_settings(info, {"switchover_cgroup_v2": "enable"})
    words = 'switchover_cgroup_v2 was "report", is "enable" (the node has cgroup v1, which the mode enable changes)'
    assert words in item["message"]
    # The setting is as it was, the node is not.
    info = changed(info, {"journal/settings": {**OLD, "switchover_cgroup_v2": "enable"}})
    (item,) = about_settings(info, {"switchover_cgroup_v2": "enable"})
    assert 'switchover_cgroup_v2 is "enable" (the node has cgroup v1' in item["message"]
