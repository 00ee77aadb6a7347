# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resuming what an earlier run left on a scripted node."""

import pytest
from unit.plugins.plugin_utils.cutover.scripted import Scripted, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.resume import resume

LOCKED = {"lock": says(locked=True, watchdog_left=None)}


@pytest.mark.parametrize(
    "polls, alive, sent, verified, wanted",
    [
        # one that still runs is followed, and verified
        (
            ["switching", "switching", "switched", "confirmed"],
            True,
            ["lock", "lock", "lock", "cri_health", "confirm"],
            "containerd://",
            "confirmed",
        ),
        # one that was interrupted reverts
        (["switching", "reverting", "reverted"], False, ["lock", "revert", "lock"], "docker://", "reverted"),
        (
            ["switched", "confirmed"],
            True,
            ["lock", "lock", "lock", "cri_health", "confirm"],
            "containerd://",
            "confirmed",
        ),
        (
            ["revert_blocked", "confirmed"],
            True,
            ["lock", "lock", "lock", "cri_health", "confirm"],
            "containerd://",
            "confirmed",
        ),
        (["confirmed"], True, ["lock", "lock"], "containerd://", "confirmed"),
        (["finalized"], True, ["lock", "lock"], "containerd://", "finalized"),
        (["reverted"], True, ["lock", "lock"], "docker://", "reverted"),
    ],
)
def test_resumed(polls, alive, sent, verified, wanted):
    node = Scripted(
        [journal(phase, error="CRI-X: y") for phase in polls],
        confirm=says(changed=True),
        revert=says(started=True),
        **LOCKED,
    )
    node.alive = alive
    outcome = node.do(resume)
    assert node.sent == sent and [prefix for _since, prefix in node.verified] == [verified]
    assert node.engine.journal["phase"] == wanted and outcome["changed"] == (polls[0] != polls[-1])
    assert outcome.get("why") == ("CRI-X: y" if wanted == "reverted" else None)


def test_resumed_by_another_version_only_when_nothing_is_under_way():
    node = Scripted([journal("switched", tool_version="0.0.9")], **LOCKED)
    with pytest.raises(Refused) as caught:
        node.do(resume)
    assert caught.value.reason == "CRI-JOURNAL-VERSION"
    assert not Scripted([journal("finalized", tool_version="0.0.9")], **LOCKED).do(resume)["changed"]


def test_resumed_is_refused_while_another_rollout_works_there():
    refusal = says(refused=True, reason="CRI-CUTOVER-BUSY", error="CRI-CUTOVER-BUSY: bob", details={"owner": "bob"})
    with pytest.raises(Refused) as caught:
        Scripted([journal("switching")], lock=refusal).do(resume)
    assert caught.value.details == {"owner": "bob"}
