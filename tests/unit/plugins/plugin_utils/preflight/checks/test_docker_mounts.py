# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.checks.docker_node import docker_node
from unit.plugins.plugin_utils.preflight.good_node import (
    CLUSTER,
    FLEET,
    INFO,
    POD,
    SETTINGS,
    changed,
    found,
    tokens,
    with_exceptions,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge

ALLOWABLE = [
    (
        "docker-socket-mounts",
        "CRI-PF-DOCKER-MOUNTS",
        {
            "static_pods": [
                {"file": "a.yaml", "namespace": "kube-system", "name": "agent", "host_paths": ["/var/run/docker.sock"]}
            ]
        },
    ),
]


@pytest.mark.parametrize("exception, token, changes", ALLOWABLE)
def test_an_exception_turns_a_blocker_into_a_warning(exception, token, changes):
    blocked, allowed, with_others = with_exceptions(exception, changed(INFO, changes))
    assert tokens(blocked) == [token]
    assert blocked[0]["allow"] == exception and "add %s to switchover_allow" % exception in blocked[0]["remedy"]
    assert tokens(allowed) == [] and tokens(allowed, "warning") == [token] and allowed[0]["allowed"]
    assert tokens(with_others) == [token]


NODE_FINDINGS = [
    ("blocker", "CRI-PF-DOCKER-MOUNTS", {"nodes/node1/pods": [dict(POD, host_paths=["/run"])]}),
    ("blocker", "CRI-PF-DOCKER-MOUNTS", {"nodes/node1/pods": [dict(POD, host_paths=["/var/lib/docker/containers"])]}),
]


@pytest.mark.parametrize("level, token, changes", NODE_FINDINGS)
def test_what_the_cluster_says(level, token, changes):
    findings = found(cluster=changed(CLUSTER, changes))
    assert tokens(findings, level) == [token] and len(findings) == 1


def test_pods_of_a_workload_are_reported_once():
    pod = dict(POD, owner_kind="DaemonSet", owner_name="agent", host_paths=["/var/run/docker.sock"])
    mount = {
        "kind": "DaemonSet",
        "namespace": "shop",
        "name": "agent",
        "paths": ["/var/run/docker.sock"],
        "why": ["socket"],
    }
    cluster = changed(CLUSTER, {"nodes/node1/pods": [pod], "docker_mounts": [mount]})
    assert found(cluster=cluster) == []
    assert tokens(judge.judge_fleet([{"host": "a", "info": INFO, "settings": SETTINGS}], cluster, FLEET)) == [
        "CRI-PF-DOCKER-MOUNTS"
    ]


def test_a_static_pod_is_reported_once():
    info = changed(INFO, {"static_pods": [{"file": "a", "namespace": "shop", "name": "a", "host_paths": ["/run"]}]})
    pod = dict(POD, name="a-node1", owner_kind="Node", owner_name="node1", static=True, host_paths=["/run"])
    findings = found(info, changed(CLUSTER, {"nodes/node1/pods": [pod]}))
    assert list(findings[0]["details"]["mounts"]) == ["static pod shop/a"]


def test_another_data_root_is_dockers_too():
    info = docker_node('{"data-root": "/data/docker"}')
    cluster = changed(CLUSTER, {"nodes/node1/pods": [dict(POD, host_paths=["/data/docker/containers"])]})
    assert tokens(found(info, cluster)) == ["CRI-PF-DATA-ROOT", "CRI-PF-DOCKER-MOUNTS"]
