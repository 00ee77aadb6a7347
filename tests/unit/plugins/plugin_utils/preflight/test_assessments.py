# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.assessments import assessment, node_names

NODE = {
    "info": {"node_name": "n"},
    "unreachable": False,
    "error": "",
    "target": "crio",
    "settings": {"switchover_target": "crio"},
    "options": {"goal": "switch", "node_name": ""},
}


def test_a_host_as_the_judge_takes_it():
    found = assessment("h", {"preflight_node": NODE, "switchover_target": "crio", "other": 1})
    assert found["host"] == "h" and found["info"] == {"node_name": "n"}
    assert found["settings"]["given"] == {"switchover_target": "crio"}
    assert found["settings"]["shaping"] == {"switchover_target": "crio"}
    assert found["settings"]["target"] == "crio" and found["settings"]["goal"] == "switch"


def test_the_names_of_the_nodes_as_far_as_they_are_known():
    def host(name, **node):
        return assessment(name, {"preflight_node": {**NODE, **node}})

    found = [
        host("a"),
        host("b", options={"node_name": "set"}),
        host("c", info={}, unreachable=True),
        host("d", info={}),
    ]
    assert list(node_names(found)) == ["n", "set", "c"]
