# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reverting a scripted node, and asking it whether that can be."""

import pytest
from unit.plugins.plugin_utils.cutover.scripted import UP, Scripted, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.revert import require_revertible, revert
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry


def test_reverted_is_verified_on_docker():
    node = Scripted(
        [journal("confirmed", times=UP), journal("reverting", times=UP), journal("reverted", "revert_files", times=UP)],
        revert=says(started=True),
    )
    assert node.do(revert)["changed"]
    assert node.verified[0][1] == "docker://"
    again = Scripted([journal("reverted")])
    assert again.do(revert)["changed"] is False and again.sent == []
    assert again.verified == [({"lease_renew": "t1"}, "docker://")]


def test_a_second_try_to_revert_waits_for_what_it_began():
    stayed = journal("revert_blocked", "revert_check_source", error="CRI-REVERT-SOURCE: x")
    node = Scripted(
        [stayed, stayed, journal("reverted", "revert_check_source", "revert_check_source")], revert=says(started=True)
    )
    assert node.do(revert)["changed"] and node.engine.journal["phase"] == "reverted"


def test_what_speaks_against_a_revert_is_reported_at_once():
    blockers = [unmet_entry("CRI-REVERT-DRIFT", "changed: /etc/x"), unmet_entry("CRI-Y", "z")]
    node = Scripted([journal("finalized")], **{"can-revert": says(ok=False, blockers=blockers)})
    with pytest.raises(Refused) as caught:
        node.do(require_revertible)
    assert caught.value.reason == "CRI-REVERT-DRIFT" and caught.value.details["blockers"] == blockers
