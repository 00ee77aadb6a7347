# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was changed of a node's settings since a switch left it on its target."""

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.drift import changes, is_unrecorded
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.shaping_settings import shaping

RUNC = {"name": "runc", "runtime": "runc", "default": True}


def facts(settings, cgroup=2, target="containerd", **journal):
    """Of a node that was switched with these settings; None: they were not recorded."""
    given = {"switchover_target": target, **(settings or {})}
    past = {"phase": "finalized", "to": target, "settings": None if settings is None else shaping(given)}
    return {"runtime": {"in_use": target}, "cgroup": {"version": cgroup}, "journal": {**past, **journal}}


def found(info, **now):
    given = {"switchover_" + name: value for name, value in now.items()}
    return [(item["setting"][11:], item["old"], item["new"]) for item in changes(info, shaping(given))]


def test_old_and_new_value():
    crun = {"name": "crun", "runtime": "crun", "default": True}
    assert [name for name, _old, _new in found(facts({}), handlers=[crun])] == ["handlers"]
    assert found(facts({}), containerd_snapshotter="btrfs") == [("containerd_snapshotter", "overlayfs", "btrfs")]
    assert found(facts({}), drain_timeout=5) == [] == found(facts({}))


@pytest.mark.parametrize(
    "changed",
    [
        {"phase": "staged"},
        {"phase": "switching"},
        {"phase": "reverting"},
        {"phase": "reverted"},
        {"phase": "revert_failed"},
        {"phase": None},
        # Somebody moved it since, or its journal is no journal of this release.
        {"to": "crio"},
        {"newer": True},
        {"error": "torn"},
    ],
)
def test_only_a_switch_that_left_the_node_there_counts(changed):
    info = facts({}, **changed)
    assert found(info, containerd_snapshotter="btrfs") == [] and not is_unrecorded(info)
    assert not is_unrecorded(facts(None, **changed))


@pytest.mark.parametrize("phase", ["switched", "confirmed", "finalized", "revert_blocked"])
def test_each_phase_on_the_target_counts(phase):
    assert len(found(facts({}, phase=phase), containerd_snapshotter="btrfs")) == 1
    assert is_unrecorded(facts(None, phase=phase)) and not is_unrecorded(facts({}, phase=phase))


@pytest.mark.parametrize("recorded", [None, {}])
def test_what_was_not_recorded_is_not_known(recorded):
    """Journals of older releases have no settings, and a role that is called without them records {}."""
    info = facts(None, target="crio", cgroup=1)
    info["journal"]["settings"] = recorded
    assert found(info, target="crio", pause_image="registry.local/pause:3.9", cgroup_v2="enable") == []
    assert is_unrecorded(info)


def test_a_later_release_adds_a_setting_with_its_default_and_drops_another():
    info = facts({})
    del info["journal"]["settings"]["switchover_containerd_snapshotter"]
    info["journal"]["settings"]["switchover_gone"] = "x"
    assert found(info) == []


def test_another_target_has_other_options():
    """On its way, where a run finishes what was begun."""
    info = facts({"switchover_containerd_snapshotter": "btrfs"}, phase="switched")
    assert found(info, target="crio", crio_root="/x") == [("target", "containerd", "crio")]


@pytest.mark.parametrize(
    "then, now",
    [
        ({"containerd_root": "/data/c"}, {"containerd_root": "/data/c/"}),
        ({"containerd_root": "/var/lib/containerd/"}, {}),
        ({"handlers": [RUNC]}, {}),
        ({}, {"handlers": [RUNC]}),
        ({}, {"containerd_snapshotter": "overlayfs", "containerd_imports": "", "containerd_root": " "}),
    ],
)
def test_what_makes_the_same_is_no_change(then, now):
    assert found(facts({"switchover_" + name: value for name, value in then.items()}), **now) == []


@pytest.mark.parametrize(
    "journal, now, is_found",
    [
        # What the empty setting became is what the new one says.
        ({"store": "/data/c/"}, {"containerd_root": "/data/c"}, False),
        ({"store": "/var/lib/containerd"}, {"containerd_root": "/var/lib/containerd"}, False),
        ({"pause_image": "p:1"}, {"pause_image": "p:1"}, False),
        # It is not, even if the new one is the usual one.
        ({"store": "/data/c"}, {"containerd_root": "/var/lib/containerd"}, True),
        ({"pause_image": "p:1"}, {"pause_image": "p:2"}, True),
        # Not known: the values are compared.
        ({"store": None}, {"containerd_root": "/var/lib/containerd"}, False),
        ({"store": None}, {"containerd_root": "/data/c"}, True),
        ({"pause_image": None}, {"pause_image": "p:1"}, True),
    ],
)
def test_what_was_rendered_counts_where_it_is_known(journal, now, is_found):
    assert bool(found(facts({}, **journal), **now)) == is_found


BOOTED = [{"name": "set_next_boot", "outcome": "ok"}, {"name": "reboot", "outcome": "ok"}]


@pytest.mark.parametrize(
    "cgroup, steps, then, now, words",
    [
        (1, [], "report", "report", None),
        (1, [], "report", "require", "cgroup v1, which the mode enable changes"),
        (1, [], "report", "enable", "cgroup v1, which the mode enable changes"),
        # Booted into v1 again, by whom ever.
        (1, BOOTED, "enable", "enable", "cgroup v1, which the mode enable changes"),
        (2, BOOTED, "enable", "report", "cgroup v2, into which its switch booted it"),
        (2, BOOTED, "enable", "enable", None),
        (2, BOOTED, "enable", "require", None),
        # It was on v2 before.
        (2, [], "enable", "report", None),
        (2, [], "report", "enable", None),
        # Not known: the values are compared.
        (None, [], "report", "enable", ""),
        (None, [], "enable", "enable", None),
    ],
)
def test_cgroup_v2_is_what_the_node_has_and_should_have(cgroup, steps, then, now, words):
    info = facts({"switchover_cgroup_v2": then}, cgroup=cgroup, steps=steps)
    seen = changes(info, shaping({"switchover_cgroup_v2": now}))
    assert [(item["setting"], item["node"]) for item in seen] == (
        [("switchover_cgroup_v2", words)] if words is not None else []
    )
