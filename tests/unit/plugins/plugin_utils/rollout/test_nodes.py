# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.errors import RolloutError
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.nodes import nodes
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.plan import plan

FACTS = {
    "cp": {"preflight_node": {"info": {}}},
    "a": {"preflight_node": {"info": {"node_name": "na", "runtime": {"in_use": "docker"}, "journal": None}}},
    "b": {"preflight_node": {"info": {"node_name": "nb", "runtime": {"in_use": "containerd"}, "journal": None}}},
}


CLUSTER = {"nodes": {"na": {"labels": {"topology.kubernetes.io/zone": "z1"}}, "nb": {"labels": {}}}}


def test_the_hosts_of_a_run():
    found = nodes(["cp", "b", "a"], FACTS, ["a"], CLUSTER)
    assert found == [
        {
            "name": "b",
            "node_name": "nb",
            "control_plane": False,
            "zone": "",
            "state": "done",
            "runtime": "containerd",
            "longest_s": 3330,
            "handlers": [],
        },
        {
            "name": "a",
            "node_name": "na",
            "control_plane": True,
            "zone": "z1",
            "state": "pending",
            "runtime": "docker",
            "longest_s": 3330,
            "handlers": [],
        },
    ]
    assert plan(found, [1], 5) == {"order": ["a"], "serial": [1], "resume": {"order": [], "serial": []}}


@pytest.mark.parametrize(
    "labels, key, zone",
    [
        ({"topology.kubernetes.io/zone": "z", "rack": "r"}, "topology.kubernetes.io/zone", "z"),
        ({"failure-domain.beta.kubernetes.io/zone": "z", "rack": "r"}, "topology.kubernetes.io/zone", "z"),
        ({"topology.kubernetes.io/zone": "z", "rack": "r"}, "rack", "r"),
        ({"failure-domain.beta.kubernetes.io/zone": "z"}, "rack", ""),
    ],
)
def test_the_label_that_no_batch_spans(labels, key, zone):
    cluster = {"nodes": {"na": {"labels": labels}}}
    (found,) = nodes(["a"], FACTS, [], cluster, topology_key=key)
    assert found["zone"] == zone


@pytest.mark.parametrize(
    "target, image, state",
    [(None, "d", "done"), ("crio", "c", "pending"), ("containerd", "d", "done"), ("containerd", "other", "drift")],
)
def test_a_host_may_have_a_target_of_its_own(target, image, state):
    journal = {"phase": "finalized", "to": "containerd", "settings": {"switchover_pause_image": image}}
    info = {"node_name": "nb", "runtime": {"in_use": "containerd"}, "journal": journal}
    now = {"switchover_pause_image": "d"}
    facts = {"b": {"preflight_node": {"info": info, "target": target, "settings": now}}}
    (found,) = nodes(["b"], facts, [], CLUSTER)
    assert found["state"] == state


def test_hosts_that_are_not_asked_for_are_excluded():
    found = nodes(["a", "b"], FACTS, [], CLUSTER, only=["b"])
    assert [n["state"] for n in found] == ["excluded", "done"]
    with pytest.raises(RolloutError, match="switchover_only.*nobody"):
        nodes(["a"], FACTS, [], CLUSTER, only=["nobody"])


@pytest.mark.parametrize(
    "retry, state", [(None, "reverted"), (True, "pending"), ("true", "pending"), ("False", "reverted")]
)
def test_a_second_try_is_asked_for_by_host(retry, state):
    info = {"node_name": "na", "runtime": {"in_use": "docker"}, "journal": {"phase": "reverted"}}
    facts = {"a": {"preflight_node": {"info": info}}}
    if retry is not None:
        facts["a"]["switchover_retry"] = retry
    assert nodes(["a"], facts, [], CLUSTER)[0]["state"] == state


def test_a_cordon_of_ours_awaits_its_finalize():
    info = {
        "node_name": "na",
        "runtime": {"in_use": "containerd"},
        "journal": {"phase": "finalized"},
    }
    cluster = {"nodes": {"na": {"labels": {}, "annotations": {"cri.switchover/cordon": "{}"}}}}
    found = nodes(["a"], {"a": {"preflight_node": {"info": info}}}, [], cluster)
    assert [n["state"] for n in found] == ["awaiting_finalize"]
    assert nodes(["a"], {"a": {"preflight_node": {"info": info}}}, [], CLUSTER)[0]["state"] == "done"


def test_the_hosts_of_a_run_that_reverts():
    facts = {
        name: {
            "preflight_node": {
                "info": {"node_name": name, "runtime": {"in_use": "containerd"}, "journal": {"phase": phase}}
            }
        }
        for name, phase in (("cp", "finalized"), ("a", "confirmed"), ("b", "reverted"), ("c", "finalized"))
    }
    ours = {"annotations": {"cri.switchover/cordon": "{}"}}
    cluster = {"nodes": {"cp": {}, "a": {}, "b": ours, "c": {}}}
    found = nodes(list(facts), facts, ["cp"], cluster, ["cp", "a", "b"], "revert")
    assert [node["state"] for node in found] == ["revert", "revert", "reverted", "excluded"]
    # What is only still cordoned is apart, the control plane last.
    assert plan(found, [2], 5) == {"order": ["a", "cp"], "serial": [1, 1], "resume": {"order": ["b"], "serial": [1]}}
