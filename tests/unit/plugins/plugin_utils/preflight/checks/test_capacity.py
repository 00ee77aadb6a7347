# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import capacity


def capacity_of(moves, free):
    names = ("cpu", "memory", "pods")
    return {"moves": dict(zip(names, moves)), "free": free and dict(zip(names, free))}


def switching(cluster, hosts="w1 w2 w3 cp", **settings):
    """What the check says of hosts on Docker, each of which is the node n-HOST."""
    info = {"runtime": {"in_use": "docker"}}
    assessments = [{"host": h, "info": dict(info, node_name="n-" + h), "settings": {}} for h in hosts.split()]
    settings = dict({"batches": [1], "forks": 5, "control_plane": ["cp"], "target": "containerd"}, **settings)
    return list(capacity.judge(assessments, dict({"nodes": {}}, **cluster), settings))


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
def test_capacity_for_what_leaves_a_node(others, lacking):
    capacities = {"n%d" % number: capacity_of((0, 0, 0), free) for number, free in enumerate(others, 2)}
    cluster = {"capacity": dict(capacities, **{"n-w1": capacity_of((2, 4e9, 5), (9, 9e9, 9))})}
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
        # every batch of too many is reported
        ([2], "w1 w2", [("n-w1 n-w2", 2, 0)]),
        # alone, the only node
        ([1], "w1", [("n-w1", 1, 0)]),
        ([1], "cp", [("n-cp", 1, 0)]),
        # what cannot be planned is reported by the plan itself
        ([6], "w1 w2 w3 w4 w5 w6", []),
        (["x"], "w1", []),
    ],
)
def test_capacity_is_judged_by_batch(batches, hosts, lacking):
    capacities = {"n-" + host: capacity_of((1, 0, 0), (2, 9e9, 99)) for host in hosts.split()}
    findings = switching({"capacity": capacities}, hosts, batches=batches)
    assert [(" ".join(f["details"]["nodes"]), f["details"]["lacking"]["cpu"]) for f in findings] == [
        (nodes, {"moves": moves, "free": free}) for nodes, moves, free in lacking
    ]
    for f in findings:
        assert all(name in f["message"] for name in f["details"]["nodes"])
        assert (f["node"] == "(all)") == (len(f["details"]["nodes"]) > 1)
        assert ("make batches smaller" in f["remedy"]) == (len(f["details"]["nodes"]) > 1)


def test_smaller_batches_are_no_remedy_where_one_node_alone_finds_no_capacity():
    capacities = {
        "n-w1": capacity_of((9, 0, 0), (2, 0, 0)),
        "n-w2": capacity_of((1, 0, 0), (2, 0, 0)),
        "n3": capacity_of((0, 0, 0), (2, 0, 0)),
    }
    (found,) = switching({"capacity": capacities}, "w1 w2", batches=[2])
    assert "smaller" not in found["remedy"]


def test_capacity_heeds_zones_and_what_is_not_switched():
    capacities = {"n-" + host: capacity_of((1, 0, 0), (1, 0, 0)) for host in ("w1", "w2", "w3")}
    zones = {"n-w1": "a", "n-w2": "b", "n-w3": "c"}
    nodes = {name: {"labels": {"rack": zone}} for name, zone in zones.items()}
    assert len(switching({"capacity": capacities}, "w1 w2 w3", batches=[3])) == 1
    assert not switching({"capacity": capacities, "nodes": nodes}, "w1 w2 w3", batches=[3], topology_key="rack")
    # reverted are only nodes that were switched
    assert not switching({"capacity": capacities}, "w1 w2 w3", batches=[3], goal="revert")
