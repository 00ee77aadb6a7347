# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import plan as rollout_plan
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.errors import RolloutError


def nodes(text):
    """ "a b/z1 c*" : names, a zone after a slash, a star for the control plane."""
    found = []
    for word in text.split():
        name, _sep, zone = word.rstrip("*").partition("/")
        found.append({"name": name, "zone": zone, "control_plane": word.endswith("*")})
    return found


@pytest.mark.parametrize(
    "given, batches, order, serial",
    [
        ("a b c", [1], "a b c", [1, 1, 1]),
        ("a b c d e", [1, 2], "a b c d e", [1, 2, 2]),
        ("a b c d e f g h", [1, "25%"], "a b c d e f g h", [1, 2, 2, 2, 1]),
        ("a b", ["1%"], "a b", [1, 1]),
        ("a b c d e f g", ["100%"], "a b c d e f g", [5, 2]),
        ("cp1* a cp2* b", [5], "a b cp1 cp2", [2, 1, 1]),
        ("cp1*", [3], "cp1", [1]),
        ("a/x b/y c/x d/y e/x", [1, 2], "a c e b d", [1, 2, 2]),
        ("", [1], "", []),
    ],
)
def test_order_and_batches(given, batches, order, serial):
    plan = rollout_plan.plan(nodes(given), batches, forks=5)
    assert plan == part(order, serial)
    assert sum(plan["serial"]) == len(plan["order"])


def part(order, serial, resume=()):
    """A plan, where nothing was left by an earlier run; resume=None: the part of one."""
    whole = {"order": order.split(), "serial": serial}
    return whole if resume is None else dict(whole, resume=resume or {"order": [], "serial": []})


@pytest.mark.parametrize("batches", [[], [0], ["0%"], ["101%"], ["x"], [-1], ["1.5%"]])
def test_bad_batches_are_refused(batches):
    with pytest.raises(RolloutError, match="switchover_batches"):
        rollout_plan.plan(nodes("a b"), batches, forks=5)


def test_a_batch_beyond_the_forks_is_refused():
    with pytest.raises(RolloutError, match="forks"):
        rollout_plan.plan(nodes("a b c"), [3], forks=2)


@pytest.mark.parametrize(
    "given, batches, resumed, new",
    [
        ("a b:reverted c:awaiting_finalize", [1], ("b c", [1, 1]), ("a", [1])),
        # The first one to be switched is alone again, whatever was resumed before it.
        ("a b c:interrupted d e:switched", [1, 2], ("c e", [1, 1]), ("a b d", [1, 2])),
        ("a b c:awaiting_finalize d:awaiting_finalize e:awaiting_finalize", [1, 2], ("c d e", [1, 2]), ("a b", [1, 1])),
        # What an earlier run left is fixed before any other node is drained, the control plane included.
        ("a cp:interrupted cp2", [1], ("cp", [1]), ("a cp2", [1, 1])),
        ("a:done b:drift c:excluded d:revert_failed", [1], ("", []), ("", [])),
    ],
)
def test_what_was_left_is_apart(given, batches, resumed, new):
    found = []
    for word in given.split():
        name, _sep, state = word.partition(":")
        found.append({"name": name, "zone": "", "control_plane": name.startswith("cp"), "state": state or "pending"})
    plan = rollout_plan.plan(found, batches, 5)
    assert (plan.pop("resume"), plan) == (
        {"order": resumed[0].split(), "serial": resumed[1]},
        {"order": new[0].split(), "serial": new[1]},
    )
