# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import external_controllers
from ansible_collections.cri.switchover.plugins.module_utils._rollout import health
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import fleet


def daemonset(name, **annotations):
    return {"metadata": {"namespace": "ops", "name": name, "annotations": annotations or None}}


def lock(**value):
    return {"weave.works/kured-node-lock": json.dumps(value)}


@pytest.mark.parametrize(
    "daemonsets, seen",
    [
        ([], None),
        ([daemonset("agent")], None),
        ([daemonset("agent"), daemonset("kured")], ("ops/kured", [])),
        ([daemonset("kured", **lock(nodeID="n1", created="x", TTL=0))], ("ops/kured", ["n1"])),
        ([daemonset("reboots", **lock(nodeID="n1"))], ("ops/reboots", ["n1"])),
        (
            [daemonset("kured", **lock(maxOwners=2, locks=[{"nodeID": "n2"}, {"nodeID": "n1"}]))],
            ("ops/kured", ["n1", "n2"]),
        ),
        ([daemonset("kured", **lock(maxOwners=2, locks=[]))], ("ops/kured", [])),
        ([daemonset("kured", **{"weave.works/kured-node-lock": "{"})], ("ops/kured", [])),
    ],
)
def test_kured_and_its_lock(daemonsets, seen):
    assert external_controllers.kured(daemonsets) == (seen and {"daemonset": seen[0], "nodes": seen[1]})
    waits = [item["details"]["nodes"] for item in health.judge_kured(daemonsets)]
    assert waits == ([seen[1]] if seen and seen[1] else [])


def test_neighbours_are_warned_of():
    assert list(fleet.judge_neighbours({})) == []
    groups = external_controllers.known_groups(
        [{"name": name} for name in ("apps", "karpenter.sh", "cluster.x-k8s.io")]
    )
    kured = {"daemonset": "ops/kured", "nodes": ["n1"]}
    findings = list(fleet.judge_neighbours({"external_controllers": {"kured": kured, "groups": groups}}))
    assert [(f["token"], f["level"]) for f in findings] == [
        ("CRI-PF-KURED", "warning"),
        ("CRI-PF-EXTERNAL-CONTROLLER", "warning"),
        ("CRI-PF-EXTERNAL-CONTROLLER", "warning"),
    ]
    assert "n1" in findings[0]["reason"] and "Cluster API" in findings[1]["remedy"]


def host(text):
    """ "a=n1": a host that was read, and its node; "a": one that was not; "a!=n1": left out, but its node is told."""
    name, _sep, node = text.partition("=")
    if name.endswith("!"):
        return {"host": name[:-1], "info": {}, "settings": {"skip": True, "node_name": node}}
    return {"host": name, "info": {"node_name": node} if node else {}, "settings": {}}


@pytest.mark.parametrize(
    "docker, read, inventory, strangers",
    [
        ("n1 n2", "a=n1 b=n2", "a b", ""),
        ("n1 n2 n3", "a=n1 b=n2", "a b", "n3"),
        ("n1", "a=n1 b=n2", "a b", ""),  # the other one is switched already
        # left out by --limit or switchover_only: not read, but in the inventory
        ("n1 n2", "a=n1", "a b", ""),
        ("n1 n2 n3", "a=n1", "a b", "n2 n3"),
        ("n1 n2 n3", "a=n1", "a n2", "n3"),
        ("n1.x.org n2.x.org", "a=n1.x.org", "a n2", ""),
        ("n1 n2.x.org n3", "a=n1", "a n2", "n3"),
        ("n1 n2", "a=n1 b!=n2", "a b", ""),
        ("n1 n2 n3", "a=n1 b!=n2", "a b", "n3"),
        # a member of the control plane that is no node
        ("n1 n2", "a=n1 b=n2 cp!", "a b cp", ""),
        ("n1 n2", "", "", ""),  # the role was called without an inventory
        ("", "a=n1", "a", ""),
    ],
)
def test_an_inventory_that_lacks_nodes(docker, read, inventory, strangers):
    settings = {"inventory": inventory.split()}
    hosts = [host(text) for text in read.split()]
    cluster = {"docker_nodes": docker.split()}
    findings = list(fleet.judge_inventory(hosts, cluster, settings))
    assert [f["details"]["nodes"] for f in findings] == ([strangers.split()] if strangers else [])
    assert all((f["token"], f["level"]) == ("CRI-PF-INVENTORY", "blocker") for f in findings)
    allowed = fleet.judge_inventory(hosts, cluster, dict(settings, allow=["other-nodes"]))
    assert all(f["level"] == "warning" for f in allowed)
    assert not list(fleet.judge_inventory(hosts, cluster, dict(settings, goal="revert")))


def room(moves, free):
    names = ("cpu", "memory", "pods")
    return {"moves": dict(zip(names, moves)), "free": free and dict(zip(names, free))}


def switching(cluster, hosts="w1 w2 w3 cp", **settings):
    """What judge_room says of hosts on Docker, each of which is the node n-HOST."""
    info = {"runtime": {"in_use": "docker"}}
    assessments = [{"host": h, "info": dict(info, node_name="n-" + h), "settings": {}} for h in hosts.split()]
    settings = dict({"batches": [1], "forks": 5, "control_plane": ["cp"], "target": "containerd"}, **settings)
    return list(fleet.judge_room(assessments, dict({"nodes": {}}, **cluster), settings))


@pytest.mark.parametrize(
    "others, lacking",
    [
        ([(2, 4e9, 5)], []),
        ([(1, 4e9, 5)], ["cpu"]),
        ([(1, 4e9, 5), (1, 0, 5)], []),
        ([(1, 4e9, 1), None], ["cpu", "pods"]),
        ([], ["cpu", "memory", "pods"]),
    ],
)
def test_room_for_what_leaves_a_node(others, lacking):
    rooms = {"n%d" % number: room((0, 0, 0), free) for number, free in enumerate(others, 2)}
    cluster = {"capacity": dict(rooms, **{"n-w1": room((2, 4e9, 5), (9, 9e9, 9))})}
    findings = switching(cluster, "w1")
    assert [sorted(f["details"]["lacking"]) for f in findings] == ([lacking] if lacking else [])
    assert all((f["token"], f["level"], f["node"]) == ("CRI-PF-CAPACITY", "warning", "w1") for f in findings)
    required = switching(cluster, "w1", require_capacity=True)
    assert [f["level"] for f in required] == ["blocker"] * len(findings)
    assert not switching({"capacity": {}}, "w1"), "not all of the cluster's pods are known"


# Each node moves one CPU and has two free; what lacks, by batch.
@pytest.mark.parametrize(
    "batches, hosts, lacking",
    [
        ([1], "w1 w2 w3 cp", []),
        ([2], "w1 w2 w3 cp", []),
        # three move three, and one has two
        ([3], "w1 w2 w3 cp", [("n-w1 n-w2 n-w3", 3, 2)]),
        ([1, 3], "w1 w2 w3 w4 w5", []),
        ([1, 4], "w1 w2 w3 w4 w5", [("n-w2 n-w3 n-w4 n-w5", 4, 2)]),
        (["50%"], "w1 w2 w3 w4", []),
        (["100%"], "w1 w2 w3 w4 cp", [("n-w1 n-w2 n-w3 n-w4", 4, 2)]),
        # every batch of too many is told
        ([2], "w1 w2", [("n-w1 n-w2", 2, 0)]),
        # alone, the only node
        ([1], "w1", [("n-w1", 1, 0)]),
        ([1], "cp", [("n-cp", 1, 0)]),
        # what cannot be planned is told by the plan itself
        ([6], "w1 w2 w3 w4 w5 w6", []),
        (["x"], "w1", []),
    ],
)
def test_room_is_judged_by_batch(batches, hosts, lacking):
    rooms = {"n-" + host: room((1, 0, 0), (2, 9e9, 99)) for host in hosts.split()}
    findings = switching({"capacity": rooms}, hosts, batches=batches)
    assert [(" ".join(f["details"]["nodes"]), f["details"]["lacking"]["cpu"]) for f in findings] == [
        (nodes, {"moves": moves, "free": free}) for nodes, moves, free in lacking
    ]
    for f in findings:
        assert all(name in f["reason"] for name in f["details"]["nodes"])
        assert (f["node"] == "(all)") == (len(f["details"]["nodes"]) > 1)
        assert ("make batches smaller" in f["remedy"]) == (len(f["details"]["nodes"]) > 1)


def test_smaller_batches_are_no_remedy_where_one_node_alone_finds_no_room():
    rooms = {"n-w1": room((9, 0, 0), (2, 0, 0)), "n-w2": room((1, 0, 0), (2, 0, 0)), "n3": room((0, 0, 0), (2, 0, 0))}
    (found,) = switching({"capacity": rooms}, "w1 w2", batches=[2])
    assert "smaller" not in found["remedy"]


def test_room_heeds_zones_and_what_is_not_switched():
    rooms = {"n-" + host: room((1, 0, 0), (1, 0, 0)) for host in ("w1", "w2", "w3")}
    zones = {"n-w1": "a", "n-w2": "b", "n-w3": "c"}
    nodes = {name: {"labels": {"rack": zone}} for name, zone in zones.items()}
    assert len(switching({"capacity": rooms}, "w1 w2 w3", batches=[3])) == 1
    assert not switching({"capacity": rooms, "nodes": nodes}, "w1 w2 w3", batches=[3], topology_key="rack")
    # taken back are only nodes that were switched
    assert not switching({"capacity": rooms}, "w1 w2 w3", batches=[3], goal="revert")
