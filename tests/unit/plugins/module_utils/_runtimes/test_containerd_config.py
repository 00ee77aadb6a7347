# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's config.toml of each release line."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd_config
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.containerd_facts import (
    IMAGES,
    RELEASES,
    RUNTIME,
    TRANSFER,
    V1,
    info,
    settings_of,
    tree,
)


@pytest.mark.parametrize("release", RELEASES)
def test_the_text_is_toml(release):
    tomllib = pytest.importorskip("tomllib")
    text = containerd_config.render(
        settings_of(info(release), {"imports": ['/etc/x "y"/*.toml'], "root": "/data/ü\\x"})
    )
    assert tomllib.loads(text) == tree(release, {"imports": ['/etc/x "y"/*.toml'], "root": "/data/ü\\x"})


@pytest.mark.parametrize(
    "release, schema",
    [("1.6.20", 2), ("1.7.0", 2), ("2.0.0", 3), ("2.1.3", 3), ("2.2.1", 3), ("2.3.0", 4), ("2.4.0", 4)],
)
def test_schema(release, schema):
    assert tree(release)["version"] == schema


def test_one_table_before_2_0():
    cri = tree("1.7.24")["plugins"][V1]
    assert cri["sandbox_image"] == "registry.k8s.io/pause:3.6"
    assert cri["registry"] == {"config_path": "/etc/containerd/certs.d"}
    assert cri["containerd"]["snapshotter"] == "overlayfs"
    assert cri["cni"] == {"bin_dir": "/opt/cni/bin", "conf_dir": "/etc/cni/net.d", "max_conf_num": 1}


def test_split_tables_from_2_0():
    plugins = tree("2.0.4")["plugins"]
    assert set(plugins) == {RUNTIME, IMAGES}
    assert plugins[IMAGES]["pinned_images"] == {"sandbox": "registry.k8s.io/pause:3.6"}
    assert "bin_dir" in plugins[RUNTIME]["cni"]


@pytest.mark.parametrize("release", ["2.1.0", "2.2.0", "2.3.0"])
def test_lists_and_transfer_from_2_1(release):
    plugins = tree(release, kubelet__cni_bin_dir="/a,/b")["plugins"]
    assert plugins[RUNTIME]["cni"]["bin_dirs"] == ["/a", "/b"] and "bin_dir" not in plugins[RUNTIME]["cni"]
    assert plugins[TRANSFER] == {"config_path": "/etc/containerd/certs.d"}


def test_cri_is_never_disabled():
    assert all(tree(release)["disabled_plugins"] == [] for release in RELEASES)


@pytest.mark.parametrize("driver, wanted", [("systemd", True), ("cgroupfs", False)])
@pytest.mark.parametrize("release, table", [("1.6.20", V1), ("2.1.3", RUNTIME)])
def test_kubelets_cgroup_driver(release, table, driver, wanted):
    options = tree(release, kubelet__cgroup_driver=driver)["plugins"][table]["containerd"]["runtimes"]["runc"][
        "options"
    ]
    assert options == {"SystemdCgroup": wanted}
