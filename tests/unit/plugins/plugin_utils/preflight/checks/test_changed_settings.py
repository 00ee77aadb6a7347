# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Each changed setting is reported with its old and its new value; nothing is ignored in silence."""

import pytest
from unit.plugins.plugin_utils.preflight.good_node import INFO, SETTINGS, changed, found

OLD = {"switchover_target": "containerd", "switchover_pause_image": "", "switchover_handlers": []}
ON_TARGET = {
    "runtime": {"in_use": "containerd", "evidence": "x"},
    "journal": {"phase": "finalized", "run_id": "r1", "settings": OLD},
}


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
    settings = dict(SETTINGS, shaping=dict(OLD, **new))
    seen = [item for item in found(changed(INFO, ON_TARGET), settings=settings) if "SETTINGS" in item["token"]]
    assert [(item["level"], words in item["message"]) for item in seen] == ([("warning", True)] if words else [])
    if words:
        assert "switchover_retry" in seen[0]["remedy"] and [
            change["setting"] for change in seen[0]["details"]["changes"]
        ] == list(new)


def test_a_node_that_was_never_switched_has_no_older_settings():
    settings = dict(SETTINGS, shaping=dict(OLD, switchover_pause_image="p:2"))
    assert not [item for item in found(INFO, settings=settings) if "SETTINGS" in item["token"]]
