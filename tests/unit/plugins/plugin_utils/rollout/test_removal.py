# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import removal

WANTED = {"wanted": True, "blocked": ""}


def test_only_nodes_that_ask_for_it_are_planned_and_the_control_plane_comes_last():
    results = {"cp": WANTED, "a": {"wanted": False, "blocked": ""}, **{name: WANTED for name in "bcdefg"}, "h": {}}
    found = removal.plan_removal(results, ["cp"], 10)
    assert found["order"] == ["b", "c", "d", "e", "f", "g", "cp"] and found["serial"] == [1, 1, 1, 1, 1, 1, 1]
    many = {f"w{number}": WANTED for number in range(40)}
    assert removal.plan_removal(many, [], 50)["serial"] == [1, 10, 10, 10, 9]
    assert removal.plan_removal(many, [], 4)["serial"][:3] == [1, 4, 4]
    assert removal.plan_removal({}, [], 5)["order"] == []


@pytest.mark.parametrize(
    "results, lost, expected",
    [
        ({"a": WANTED}, [], ""),
        # Blockers of a node that nobody asked for stop nothing.
        ({"a": {"wanted": False, "blocked": "CRI-X"}}, [], ""),
        (
            {"a": {"wanted": True, "blocked": "CRI-X, CRI-Y"}, "b": WANTED},
            ["d", "c"],
            "CRI-REMOVE-BLOCKED: Docker was removed from no node. Not checked: c, d. Blocked, as reported above: "
            "a: CRI-X, CRI-Y. Fix the causes, then run again.",
        ),
    ],
)
def test_what_the_check_says(results, lost, expected):
    assert removal.after_check(results, lost) == expected


@pytest.mark.parametrize(
    "outcomes, lost, failed, waiting",
    [
        ("a:removed b:removed", [], None, None),
        ("a:removed b:failed", [], "b", "c"),
        # What it said before it was lost counts no more.
        ("a:failed", ["a"], "a", "b, c"),
        ("a:removed b:removed c:failed", [], "c", "none"),
    ],
)
def test_a_failure_stops_the_removal(outcomes, lost, failed, waiting):
    results = {name: {"wanted": True} for name in "abc"}
    for word in outcomes.split():
        name, _sep, outcome = word.partition(":")
        results[name]["outcome"] = outcome
    message = removal.after_batch(list("abc"), results, lost)
    if failed is None:
        assert message == ""
    else:
        assert f"Failed: {failed}. Not started: {waiting}." in message
