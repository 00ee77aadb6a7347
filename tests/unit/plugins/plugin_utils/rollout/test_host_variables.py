# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import host_variables


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({}, None),
        ({"preflight_node": {"info": {"journal": None}}}, None),
        ({"preflight_node": {"info": {"journal": {"phase": "switched"}}}}, "switched"),
        ({"preflight_node": {"info": {"journal": None}}, "kubelet_runtime_result": {}}, "staged"),
        ({"kubelet_runtime_result": {}, "switch_node_result": {"phase": "confirmed"}}, "confirmed"),
        (
            {"kubelet_runtime_result": {}, "switch_node_result": {"phase": "unknown", "last_phase": "switching"}},
            "switching",
        ),
        # An unreachable host's task leaves nothing of ours.
        ({"switch_node_result": {"unreachable": True}, "kubelet_runtime_result": {}}, "staged"),
        ({"switch_node_result": {"failure": {"phase": "unknown", "last_phase": "reverting"}}}, "reverting"),
        ({"kubelet_runtime_result": {}, "switch_node_result": {"failure": {"phase": "reverted"}}}, "reverted"),
        ({"kubelet_runtime_result": {}, "switch_node_result": {"failure": {"phase": ""}}}, "staged"),
    ],
)
def test_what_was_known_of_a_lost_node(facts, expected):
    words = "its journal last showed %s" % expected if expected else "it had no journal"
    assert host_variables.last_seen(facts) == words
