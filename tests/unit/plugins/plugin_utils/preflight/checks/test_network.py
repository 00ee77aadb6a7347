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
    ("CRI-PF-CNI-CONFIG", {"cni/active": None}),
    ("CRI-PF-CNI-PLUGINS", {"cni/missing_plugins": ["portmap"]}),
    (
        "CRI-PF-CNI-DIRS",
        {
            "kubelet/cni_bin_dir": "/a,/b",
            "cni/bin_dirs": [{"path": "/a", "plugins": ["bridge"]}, {"path": "/b", "plugins": ["portmap"]}],
        },
    ),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


FINE = [
    {"kubelet/cni_bin_dir": "/a,/opt/cni/bin"},
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []
