# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following a scripted node: an engine that was interrupted, a node that reboots, a journal that is gone."""

import json
import time

import pytest
from unit.plugins.plugin_utils.cutover.scripted import DOWN, UP, Scripted, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.confirm import confirm
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import TRIES


def test_an_interrupted_engine_is_noticed_and_the_node_reverted(monkeypatch):
    clock = [0.0]

    def tick():
        clock[0] += 0.015
        return clock[0]

    monkeypatch.setattr(time, "monotonic", tick)
    polls = [journal("switching", times=DOWN)] * 4 + [journal("reverting"), journal("reverted", error="CRI-X: y")]
    node = Scripted(polls, start=says(started=True), revert=says(started=True))
    outcome = node.do(confirm)
    assert outcome["failed"] and node.sent == ["start", "revert"]


SILENT = {"rc": 0, "stdout": "", "stderr": ""}


ASKED = journal("switching", "stop_kubelet", times=DOWN)


_LAST = json.loads(ASKED["stdout"])["steps"]
GOING = dict(
    ASKED,
    stdout=json.dumps(dict(json.loads(ASKED["stdout"]), steps=_LAST + [dict(_LAST[0], name="reboot", outcome=None)])),
)


SWITCHED = [journal("switched", "stop_kubelet", times=UP, engine_seconds=9.0), journal("confirmed", times=UP)]


@pytest.mark.parametrize("polls", [[GOING] + [SILENT] * 20, [ASKED] + [SILENT] * (TRIES - 1)])
def test_a_node_that_goes_down_may_say_nothing_for_a_while(polls):
    node = Scripted(polls + SWITCHED, start=says(started=True), confirm=says(phase="confirmed", changed=True))
    assert node.do(confirm)["changed"] is True
    assert any("trying again: '', rc 0" in text for text in node.said)


@pytest.mark.parametrize(
    "answer, reason",
    [
        (dict(SILENT, rc=1, stderr="cat: /x/journal.json: Permission denied"), "CRI-CUTOVER-JOURNAL"),
        (dict(SILENT, rc=1, stderr="cat: /x/journal.json: No such file or directory"), "CRI-CUTOVER-UNSTAGED"),
    ],
)
def test_a_journal_that_cannot_be_read_or_is_gone(answer, reason):
    node = Scripted([ASKED, answer], start=says(started=True))
    with pytest.raises(Refused) as caught:
        node.do(confirm)
    assert caught.value.reason == reason
