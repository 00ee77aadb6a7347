# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that is lost, for a while or for good."""

import pytest
from ansible.errors import AnsibleConnectionFailure
from unit.plugins.plugin_utils.cutover.scripted import UP, Scripted, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.confirm import confirm
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Lost


def test_a_lost_connection_is_made_again():
    node = Scripted(
        [
            AnsibleConnectionFailure("gone"),
            {"rc": 255, "stdout": "", "stderr": "broken pipe"},
            journal("switched", times=UP),
            journal("confirmed", times=UP),
        ],
        start=says(started=True),
        confirm=says(phase="confirmed"),
    )
    assert node.do(confirm)["changed"] and node.resets == 2


def test_a_node_that_stays_away_is_lost():
    node = Scripted([AnsibleConnectionFailure("gone")], start=says(started=True))
    node.expire_in(0.05)
    with pytest.raises(Lost):
        node.do(confirm)
