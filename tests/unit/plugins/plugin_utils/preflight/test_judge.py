# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    CLUSTER,
    FLEET,
    INFO,
    ONE,
    PROXY,
    SETTINGS,
    changed,
    found,
    tokens,
)

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import finding
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import network, revert


def test_a_good_node_has_no_findings():
    assert found() == []


def test_a_real_nodes_facts():
    """What node_runtime_info returned on a node of the lab: nothing that Debian's packages do is held against them."""
    with open(os.path.join(os.path.dirname(__file__), "lab_node.json")) as stream:
        info = json.load(stream)
    cluster = changed(CLUSTER, {"nodes/node1/kubelet_version": "v1.23.17"})
    assert [f["token"] for f in found(info, cluster)] == ["CRI-PF-LOG-OPTIONS", "CRI-PF-CONTAINERD-CONFIG"]


def test_every_finding_is_whole():
    for item in found(changed(INFO, dict(PROXY, **{"cni/active": None, "kubelet/running": False}))):
        assert set(item) == {"level", "token", "node", "message", "remedy", "allow", "allowed", "details"}
        assert item["node"] == "node1" and item["message"] and item["remedy"]


def test_a_node_on_its_target_is_done():
    info = changed(
        INFO,
        {
            "runtime": {"in_use": "containerd", "evidence": "its endpoint"},
            **PROXY,
            "docker/running": False,
            "journal": {"phase": "finalized"},
        },
    )
    cluster = changed(
        CLUSTER, {"nodes/node1/runtime_version": "containerd://1.6.20", "nodes/node1/kubelet_version": "v1.22.0"}
    )
    assert [(f["level"], f["token"]) for f in found(info, cluster)] == [("note", "CRI-PF-DONE")]


def test_hosts_without_facts():
    assert tokens(found(None, unreachable=True, error="timed out")) == ["CRI-PF-UNREACHABLE"]
    (judged,) = judge.judge("node1", None, {"reachable": False}, SETTINGS, unreachable=True)
    assert judged["message"] == "the host does not answer: no connection"
    assert tokens(found(None, error="no Python")) == ["CRI-PF-NO-FACTS"]
    assert tokens(found(None, unreachable=True, settings=dict(SETTINGS, skip=True)), "note") == ["CRI-PF-SKIPPED"]


TWO = ONE + [{"host": "twin", "info": INFO, "settings": SETTINGS}]


FLEET_FINDINGS = [
    ("CRI-PF-NO-NODES", [], {}, {}),
    ("CRI-PF-NODE-TWICE", TWO, {}, {}),
    ("CRI-PF-API", ONE, {"reachable": False, "error": {"reason": "X", "msg": "connection refused"}}, {}),
]


@pytest.mark.parametrize("token, hosts, cluster, settings", FLEET_FINDINGS)
def test_the_run_as_a_whole(token, hosts, cluster, settings):
    assert tokens(judge.judge_fleet(hosts, dict(CLUSTER, **cluster), dict(FLEET, **settings))) == [token]


def broken(*_arguments):
    yield finding("note", "CRI-PF-DUMMY", "node1", "before it failed", "nothing")
    raise KeyError("--token=abc")


@pytest.mark.parametrize("goal, where", [("switch", network), ("revert", revert)])
def test_a_check_that_fails_is_a_blocker_of_its_host(monkeypatch, goal, where):
    """And the findings of other checks, and of other hosts, stay."""
    monkeypatch.setattr(where, "judge" if goal == "revert" else "check", broken)
    judged = found(changed(INFO, PROXY), settings=dict(SETTINGS, goal=goal))
    assert tokens(judged) == ["CRI-PF-CHECK-FAILED"] + (["CRI-PF-PROXIES"] if goal == "switch" else [])
    (item,) = [item for item in judged if item["token"] == "CRI-PF-CHECK-FAILED"]
    name = where.__name__.rpartition(".")[2]
    assert item["message"].startswith("the check %s failed: KeyError: '--token=********' (test_judge.py, line " % name)
    assert item["allow"] is None and item["details"] == {"check": name}
    assert tokens(judged, "note") == ["CRI-PF-DUMMY"]


def test_a_check_of_the_run_that_fails(monkeypatch):
    monkeypatch.setattr(network, "check_run", broken, raising=False)
    (item,) = [item for item in judge.judge_fleet(ONE, CLUSTER, FLEET) if item["level"] == "blocker"]
    assert (item["token"], item["node"]) == ("CRI-PF-CHECK-FAILED", "(all)")


def test_facts_of_one_host_do_not_take_the_findings_of_the_others():
    odd = changed(INFO, {"runtime": "odd"})
    hosts = [{"host": "odd", "info": odd, "settings": SETTINGS}, {"host": "node1", "info": INFO, "settings": SETTINGS}]
    judged = judge.judge_all(hosts, CLUSTER, FLEET)
    (item,) = [item for item in judged if item["token"] == "CRI-PF-CHECK-FAILED"]
    assert item["node"] == "odd" and item["message"].startswith("the check of its state failed: AttributeError: ")
    assert [item["node"] for item in judged if item["token"] == "CRI-PF-DRAIN-PLAN"] == ["node1"]
