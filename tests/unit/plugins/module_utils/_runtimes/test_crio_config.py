# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O's drop-in file."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_config import render
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_config import tree as tree_of
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.crio_facts import (
    LOCAL,
    info,
    settings_of,
    tree,
)


@pytest.mark.parametrize("driver, group", [("systemd", "system.slice"), ("cgroupfs", "pod")])
def test_kubelets_cgroup_driver(driver, group):
    runtime = tree(kubelet__cgroup_driver=driver)["runtime"]
    assert (runtime["cgroup_manager"], runtime["conmon_cgroup"]) == (driver, group)


def test_another_slice():
    assert tree({"monitor_slice": "crio.slice"})["runtime"]["conmon_cgroup"] == "crio.slice"


def test_capabilities_and_ulimits_like_docker():
    limits = {"nofile": {"soft": 1024, "hard": 65536}, "core": {"soft": 0, "hard": 0}}
    runtime = tree(docker__default_ulimits=limits)["runtime"]
    assert {"NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP"} < set(runtime["default_capabilities"])
    assert runtime["default_ulimits"] == ["core=0:0", "nofile=1024:65536"]
    assert "default_capabilities" not in tree({"keep_docker_defaults": False})["runtime"]


def test_network_as_kubelet_had_it():
    facts = {"kubelet__cni_bin_dir": "/a,/b", "kubelet__cni_conf_dir": "/etc/kube/net.d"}
    assert tree(**facts)["network"] == {"network_dir": "/etc/kube/net.d", "plugin_dirs": ["/a", "/b"]}


@pytest.mark.parametrize(
    "release, images, options, wanted",
    [
        ("1.34.0", LOCAL, None, {"internal_repair": False}),
        ("1.28.0", LOCAL, None, {"clean_shutdown_file": ""}),
        ("1.34.0", LOCAL[1:], None, {}),
        ("1.34.0", LOCAL, {"repair": True}, {}),
        ("1.34.0", [], {"repair": False}, {"internal_repair": False}),
        ("1.34.0", [], {"root": "/data/storage"}, {"root": "/data/storage"}),
    ],
)
def test_what_no_registry_has_is_never_removed(release, images, options, wanted):
    seen = tree(options, release, docker__images=images)
    assert {key: value for key, value in seen.items() if not isinstance(value, dict)} == wanted


def test_images_without_a_registry_are_pinned_beside_those_that_are():
    existing = {"pinned_images": ["mine*"]}
    name = "docker.io/library/tools:local"
    assert tree(docker__images=LOCAL, crio__config=existing)["image"]["pinned_images"] == [name, "mine*"]
    assert "pinned_images" not in tree(release="1.27.0", docker__images=LOCAL)["image"]
    assert "pinned_images" not in tree(docker__images=LOCAL[1:], crio__config=existing)["image"]


def test_the_text_is_toml():
    tomllib = pytest.importorskip("tomllib")
    settings = settings_of(info(docker__images=LOCAL), {"root": '/data "x"/ü'})
    assert tomllib.loads(render(settings)) == tree_of(settings)
