"""The target as the operator's settings want it: findings are about that one."""

import pytest
from unit.plugins.plugin_utils.preflight.checks.docker_node import docker_node
from unit.plugins.plugin_utils.preflight.good_node import INFO, SETTINGS, changed, found
from unit.plugins.plugin_utils.preflight.test_targets import FOR_CRIO

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.target import configured

MIRROR = docker_node('{"registry-mirrors": ["https://mirror.example"]}')


def judged(info, target, **given):
    return found(info, settings=dict(SETTINGS, target=target, given=given))


def test_a_remedy_names_the_folder_that_containerd_will_read():
    (usual,) = judged(MIRROR, "containerd")
    (other,) = judged(MIRROR, "containerd", switchover_containerd_registry_config_path="/opt/registries")
    assert "/etc/containerd/certs.d" in usual["remedy"]
    assert "/opt/registries" in other["remedy"] and "/etc/containerd" not in other["remedy"]


@pytest.mark.parametrize(
    "changes, given, token",
    [
        (
            {
                "crio/config": {
                    "default_runtime": "kata",
                    "runtimes": {"runc": {"path": "/x", "exists": True}},
                    "files": [],
                }
            },
            {"switchover_crio_default_runtime": "runc"},
            "CRI-PF-CRIO-SETTINGS",
        ),
        ({"kubelet/pause_image": None}, {"switchover_pause_image": "p:1"}, "CRI-PF-CRIO-SETTINGS"),
        (
            {"crio/unqualified_registries": []},
            {"switchover_crio_unqualified_registries": ["docker.io"]},
            "CRI-PF-SHORT-NAMES",
        ),
    ],
)
def test_a_remedy_that_is_followed_removes_its_finding(changes, given, token):
    node = changed(changed(INFO, FOR_CRIO), changes)
    assert token in [item["token"] for item in judged(node, "crio")]
    assert token not in [item["token"] for item in judged(node, "crio", **given)]


def test_what_crio_is_not_to_carry_over_is_reported():
    node = changed(docker_node(flags="--default-ulimit nofile=1024:4096"), FOR_CRIO)
    assert "CRI-PF-DEFAULT-ULIMITS" not in [item["token"] for item in judged(node, "crio")]
    kept = judged(node, "crio", switchover_crio_keep_docker_defaults="false")
    assert "CRI-PF-DEFAULT-ULIMITS" in [item["token"] for item in kept]


def test_the_registrys_own_runtime_stays_as_it_is():
    target = registry.target("containerd")
    made = configured(target, {"switchover_containerd_root": "/data", "switchover_pause_image": "p:1"})
    assert (made.store, made.chosen["pause_image"], target.store, target.chosen) == (
        "/data",
        "p:1",
        "/var/lib/containerd",
        {},
    )
