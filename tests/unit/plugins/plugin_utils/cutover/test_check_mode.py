# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode against a scripted node."""

import pytest
from unit.plugins.plugin_utils.cutover.scripted import Scripted, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.check_mode import foresee
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry


class Unlocked(Scripted):
    """In check mode the command takes no lock: without it the node only reads."""

    ends = "can-revert --run-id r1 --json"


def test_check_mode_asks_the_node_whether_it_can_revert_and_takes_no_lock():
    node = Unlocked([journal("finalized")], **{"can-revert": says(ok=True, blockers=[])})
    assert node.do(foresee, state="revertible") == {"changed": False}
    assert node.sent == ["can-revert"]
    refusal = says(ok=False, blockers=[unmet_entry("CRI-REVERT-DRIFT", "changed: /etc/x")])
    with pytest.raises(Refused):
        Unlocked([journal("finalized")], **{"can-revert": refusal}).do(foresee, state="revertible")
