# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    CRI_DOCKERD,
    INFO,
    changed,
    found,
    tokens,
)

BLOCKERS = [
    ("CRI-PF-NETWORK-PLUGIN", dict(CRI_DOCKERD, **{"kubelet/network_plugin": ""})),
    ("CRI-PF-KUBENET", {"kubelet/network_plugin": "kubenet"}),
    ("CRI-PF-NETWORK-PLUGIN", {"kubelet/network_plugin": ""}),
    # cri-dockerd without --network-plugin, as its release decides
    ("CRI-PF-KUBENET", dict(CRI_DOCKERD, **{"kubelet/network_plugin": "kubenet"})),
    ("CRI-PF-NETWORK-PLUGIN", dict(CRI_DOCKERD, **{"kubelet/network_plugin": "unknown"})),
    ("CRI-PF-CNI-CONFIG", {"cni/active": None}),
    ("CRI-PF-CNI-PLUGINS", {"cni/missing_plugins": ["portmap"]}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


@pytest.mark.parametrize(
    "plugin, message",
    [
        ("", "cri-dockerd 0.2.3 has no --network-plugin=cni"),
        ("kubenet", "kubenet (cri-dockerd 0.2.3)"),
    ],
)
def test_the_release_of_cri_dockerd_is_named(plugin, message):
    changes = dict(CRI_DOCKERD, **{"kubelet/network_plugin": plugin, "cri_dockerd/version": "0.2.3"})
    (item,) = [item for item in found(changed(INFO, changes)) if item["level"] == "blocker"]
    assert message in item["message"]
