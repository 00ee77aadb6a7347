# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._drain import eviction_queue
from ansible_collections.cri.switchover.plugins.module_utils._drain.eviction_queue import EvictionQueue


def entry(name):
    return {"namespace": "shop", "name": name, "uid": name, "reason": "ReplicaSet", "pdbs": [], "warnings": []}


def made(*names, chance=0.0):
    evictions = EvictionQueue(chance=lambda: chance)
    for name in names:
        evictions.add(entry(name), 100.0)
    return evictions


def asked(evictions, now):
    return [found["name"] for found in evictions.due(now)]


def test_all_are_evicted_at_once_and_none_twice():
    evictions = made("a", "b")
    assert asked(evictions, 100.0) == ["a", "b"]
    assert asked(evictions, 200.0) == [] and evictions.wakeup() is None


def test_each_pod_has_its_own_clock():
    evictions = made("a", "b")
    evictions.due(100.0)
    evictions.answered("a", 100.0, "budget", "not now")
    evictions.answered("b", 101.5, "budget", "not now")
    assert evictions.wakeup() == 102.0
    assert asked(evictions, 102.0) == ["a"]
    assert evictions.wakeup() == 103.5
    assert asked(evictions, 104.0) == ["b"]


@pytest.mark.parametrize(
    "chance, retry_after, pauses",
    [
        (0.0, None, [2, 4, 5, 5]),
        (1.0, None, [2.5, 5, 6.25, 6.25]),
        (0.0, 10, [10, 10, 10, 10]),
        (0.0, 1, [2, 4, 5, 5]),
        (1.0, 10, [12.5, 12.5, 12.5, 12.5]),
    ],
)
def test_a_refusal_backs_off(chance, retry_after, pauses):
    evictions, now = made("a", chance=chance), 100.0
    for pause in pauses:
        assert asked(evictions, now) == ["a"]
        evictions.answered("a", now, "budget", "not now", retry_after)
        assert evictions.wakeup() == pytest.approx(now + pause)
        now += pause


def test_an_accepted_eviction_is_waited_for():
    evictions = made("a")
    evictions.due(100.0)
    evictions.answered("a", 100.1)
    assert asked(evictions, 110.0) == []
    evictions.terminating("a")
    assert evictions.wakeup() is None and asked(evictions, 1000.0) == []
    evictions.gone("a", 112.04)
    assert len(evictions) == 0
    assert evictions.left_pods == [(False, dict(entry("a"), attempts=1, seconds=12.0))]


def test_an_accepted_eviction_that_came_to_nothing_is_requested_again():
    evictions = made("a")
    evictions.due(100.0)
    evictions.answered("a", 100.0)
    assert asked(evictions, 100.0 + eviction_queue.ACCEPTED_PAUSE) == ["a"]


def test_a_pod_that_was_ending_already_is_only_waited_for():
    evictions = EvictionQueue()
    evictions.add(entry("a"), 100.0, terminating=True)
    assert evictions.due(100.0) == []
    evictions.gone("a", 101.0)
    assert evictions.left_pods == [(True, dict(entry("a"), attempts=0, seconds=1.0))]


def test_gone_is_gone_whatever_is_answered_later():
    evictions = made("a")
    evictions.due(100.0)
    evictions.gone("a", 101.0)
    evictions.answered("a", 102.0, "budget", "late")
    evictions.terminating("a")
    assert len(evictions) == 0 and len(evictions.left_pods) == 1


def test_a_pod_that_is_there_all_the_same_has_not_left():
    evictions = made("a", "b")
    for name in ("a", "b"):
        evictions.gone(name, 101.0)
    evictions.not_gone("a")
    assert [report["name"] for _waited, report in evictions.left_pods] == ["b"]


def test_those_that_a_budget_holds_are_named_first():
    evictions = made("a", "b", "c")
    evictions.due(100.0)
    evictions.answered("a", 100.0)
    evictions.answered("b", 100.0, "retry", "500")
    evictions.answered("c", 100.0, "budget", "not now")
    waiting = [(found["name"], verdict, message, tries) for found, verdict, message, tries in evictions.waiting()]
    assert waiting == [("c", "budget", "not now", 1), ("b", "retry", "500", 1), ("a", None, None, 1)]
    evictions.terminating("c")  # someone else deleted it
    assert ("c", None, None, 1) in [(f["name"], v, m, t) for f, v, m, t in evictions.waiting()]


def test_another_check_does_not_start_anew():
    evictions = made("a")
    evictions.due(100.0)
    evictions.answered("a", 100.0, "budget", "not now")
    evictions.add(entry("a"), 101.0)
    assert evictions.wakeup() == 102.0 and "a" in evictions and evictions.uids() == {"a"}


def test_budgets_are_those_of_the_last_check_until_a_pod_ends():
    evictions = made("a")
    for pdbs, terminating, known in (
        (["s/new"], False, ["s/new"]),  # made after the plan, or the pod was Pending
        (["s/new", "s/other"], False, ["s/new", "s/other"]),
        ([], True, ["s/new", "s/other"]),  # a pod that ends may have no phase that budgets count any more
    ):
        evictions.add(dict(entry("a"), pdbs=pdbs), 101.0, terminating=terminating)
        ((found, _verdict, _message, _attempts),) = evictions.waiting()
        assert (found["pdbs"], found["reason"]) == (known, "ReplicaSet")
    evictions.gone("a", 102.0)
    assert evictions.left_pods[0][1]["pdbs"] == ["s/new", "s/other"]


def test_a_pod_without_an_answer_is_not_said_to_be_ending():
    evictions = made("a")
    assert [(v, m) for _e, v, m, _a in evictions.waiting()] == [("unasked", "its eviction was not requested yet")]
    evictions.due(100.0)
    assert [(v, m) for _e, v, m, _a in evictions.waiting()] == [("unasked", "no answer to its eviction yet")]
    evictions.answered("a", 100.0)
    assert [(v, m) for _e, v, m, _a in evictions.waiting()] == [(None, None)]
