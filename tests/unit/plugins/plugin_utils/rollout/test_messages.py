# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import messages

EMPTY = {"failed": [], "lost": [], "waiting": [], "done": [], "unprepared": [], "reverted": {}, "last_seen": {}}


def progress(**found):
    return {**EMPTY, **found}


@pytest.mark.parametrize(
    "goal, begin, end",
    [
        ("switch", "CRI-STAGE-INCOMPLETE: not staged: a, b. No node was drained.", "then run again."),
        (
            "revert",
            "CRI-REVERT-INCOMPLETE: cannot be reverted: a, b. No node",
            "only the other nodes in switchover_only.",
        ),
    ],
)
def test_nodes_that_are_not_prepared(goal, begin, end):
    message = messages.unprepared(progress(unprepared=["a", "b"]), goal)
    assert message.startswith(begin) and message.endswith(end)
    assert messages.unprepared(EMPTY, goal) == ""


@pytest.mark.parametrize("allowed, stops", [(0, True), (1, True), (2, False), (3, False)])
def test_a_batch_with_failures(allowed, stops):
    found = progress(failed=["a"], lost=["b"], waiting=["c", "d"], last_seen={"b": "it had no journal"})
    message = messages.after_batch(found, allowed)
    assert bool(message) == stops
    if stops:
        assert message == (
            "CRI-GATE: the rollout stops here. Failed: b, a. Not started: c, d. Last seen: b: it had no journal. "
            "The next run resumes from here."
        )


def test_a_batch_without_failures():
    assert messages.after_batch(progress(done=["a"], waiting=["b"]), 0) == ""


@pytest.mark.parametrize(
    "goal, found, expected",
    [
        ("switch", {}, ""),
        ("revert", {}, ""),
        (
            "switch",
            {"failed": ["a"]},
            "CRI-SWITCH-INCOMPLETE: Failed, as many as switchover_max_failures allows: a. Not started: none. The next "
            "run resumes from here.",
        ),
        (
            "switch",
            {"reverted": {"a": "why", "b": "x"}},
            "CRI-SWITCH-INCOMPLETE: An earlier run reverted these nodes to Docker. They are verified there, and were "
            "not tried again: a (why), b (x). Fix the reasons, then run again with switchover_retry: true.",
        ),
        # They are where they should be.
        ("revert", {"reverted": {"a": "it was requested"}}, ""),
        (
            "revert",
            {"lost": ["a"], "reverted": {"b": "it was requested"}},
            "CRI-REVERT-INCOMPLETE: Failed, as many as switchover_max_failures allows: a. Not started: none. The next "
            "run resumes from here.",
        ),
    ],
)
def test_the_end_of_a_run(goal, found, expected):
    assert messages.at_end(progress(**found), goal) == expected
