# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings shape a node, and what has changed among them."""

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.shaping_settings import changes, digest_of, shaping

BASE = {"switchover_target": "containerd", "switchover_pause_image": "", "switchover_drain_timeout": 1}


def test_only_what_shapes_a_node_counts_for_its_digest():
    assert digest_of(shaping(BASE)) == digest_of(shaping({**BASE, "switchover_drain_timeout": 2}))
    assert digest_of(shaping(BASE)) != digest_of(shaping({**BASE, "switchover_pause_image": "p:1"}))


@pytest.mark.parametrize(
    "other",
    [{}, {"switchover_pause_image": "  "}, {"switchover_handlers": ""}, {"switchover_handlers": []}],
)
def test_what_is_not_set_is_the_default(other):
    assert shaping({**BASE, **other}) == shaping({}) and digest_of(shaping({**BASE, **other})) == digest_of(shaping({}))


def test_another_handler_and_another_option_of_the_target_are_changes():
    now = {**BASE, "switchover_handlers": [{"name": "crun", "runtime": "crun", "default": True}]}
    assert [item["setting"] for item in changes(shaping(BASE), shaping(now))] == ["switchover_handlers"]
    now = {**BASE, "switchover_containerd_snapshotter": "btrfs"}
    assert changes(shaping(BASE), shaping(now)) == [
        {"setting": "switchover_containerd_snapshotter", "old": "overlayfs", "new": "btrfs"}
    ]


def test_a_later_release_adds_a_setting_with_its_default():
    old = shaping(BASE)
    old.pop("switchover_containerd_snapshotter")
    assert changes(old, shaping(BASE)) == []


def test_another_target_has_other_options():
    old = shaping({"switchover_target": "containerd", "switchover_containerd_snapshotter": "btrfs"})
    assert changes(old, shaping({"switchover_target": "crio"})) == [
        {"setting": "switchover_target", "old": "containerd", "new": "crio"}
    ]
