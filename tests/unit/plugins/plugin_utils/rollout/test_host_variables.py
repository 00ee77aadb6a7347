# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import host_variables


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({}, None),
        ({"preflight_info": {"journal": None}}, None),
        ({"preflight_info": {"journal": {"phase": "switched"}}}, "switched"),
        ({"preflight_info": {"journal": None}, "__switch_node_kubelet": {}}, "staged"),
        ({"__switch_node_kubelet": {}, "__switch_node_cutover": {"phase": "confirmed"}}, "confirmed"),
        (
            {"__switch_node_kubelet": {}, "__switch_node_cutover": {"phase": "unknown", "last_phase": "switching"}},
            "switching",
        ),
        # An unreachable host's task leaves nothing of ours.
        ({"__switch_node_cutover": {"unreachable": True}, "__switch_node_kubelet": {}}, "staged"),
        ({"switch_node_failure": {"phase": "unknown", "last_phase": "reverting"}}, "reverting"),
        ({"__switch_node_kubelet": {}, "switch_node_failure": {"phase": "reverted"}}, "reverted"),
        ({"__switch_node_kubelet": {}, "switch_node_failure": {"phase": ""}}, "staged"),
    ],
)
def test_what_was_known_of_a_lost_node(facts, expected):
    words = "its journal last showed %s" % expected if expected else "it had no journal"
    assert host_variables.last_seen(facts) == words
