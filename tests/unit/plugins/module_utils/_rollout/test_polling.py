# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._rollout import polling


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def waited(seen, soak, timeout):
    """seen(seconds since the beginning) -> whether all is met; returns (met at the end, seconds)"""
    clock = Clock()

    def check(over):
        return [] if seen(clock.now - 100) else ["x"]

    left, _checks = polling.wait(check, soak, timeout, clock, clock.sleep)
    return not left, round(clock.now - 100)


def test_a_check_knows_whether_the_soak_is_over():
    clock, calls = Clock(), []
    polling.wait(lambda over: calls.append((clock.now - 100, over)) or [], 70, 0, clock, clock.sleep)
    assert calls == [(0, False), (30, False), (60, False), (70, True)]


class CapacityOnly(polling.Fleet):
    """A fleet in which all else is met, or is not."""

    def __init__(self, **wanted):
        super().__init__(None, dict({"upcoming": ["n1", "n2"], "require_capacity": True}, **wanted))
        self.met = []

    def _check(self):
        return self.met


@pytest.mark.parametrize(
    "wanted, over, met, asked",
    [
        ({}, True, [], 1),
        ({}, False, [], 0),
        ({}, True, ["x"], 0),
        ({"require_capacity": False}, True, [], 0),
        ({"upcoming": []}, True, [], 0),
    ],
)
def test_capacity_is_checked_last_and_seldom(monkeypatch, wanted, over, met, asked):
    capacities = {name: {"moves": {"cpu": 1.5}, "free": {"cpu": 2}} for name in ("n1", "n2", "n3")}
    read = []
    monkeypatch.setattr(polling.capacity, "read_capacities", lambda client: read.append(client) or capacities)
    fleet = CapacityOnly(**wanted)
    fleet.met = met
    seen = [fleet.check(over), fleet.check(over)]
    assert len(read) == asked
    if asked:
        assert [item["reason"] for item in seen[0]] == ["CRI-FLEET-CAPACITY"] and seen[0] == seen[1]
        assert "n1, n2" in seen[0][0]["message"] and "cpu 2 of 3" in seen[0][0]["message"]
        assert seen[0][0]["details"] == {"nodes": ["n1", "n2"], "lacking": {"cpu": {"moves": 3.0, "free": 2}}}
    else:
        assert seen == [met, met]


@pytest.mark.parametrize(
    "seen, soak, timeout, end",
    [
        (lambda s: True, 0, 120, (True, 0)),
        (lambda s: s >= 12, 0, 120, (True, 15)),
        (lambda s: False, 0, 20, (False, 20)),
        (lambda s: False, 0, 0, (False, 0)),
        (lambda s: True, 100, 120, (True, 100)),
        # what fails in the middle of a soak ends it, a passing trouble does not
        (lambda s: s < 50, 1000, 30, (False, 90)),
        (lambda s: not 30 < s < 70, 200, 30, (True, 200)),
        # what is unmet when the soak is over is waited for
        (lambda s: s < 50 or s > 70, 60, 30, (True, 75)),
    ],
)
def test_waiting(seen, soak, timeout, end):
    assert waited(seen, soak, timeout) == end
