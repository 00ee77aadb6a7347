# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    INFO,
    changed,
    found,
    tokens,
)

BLOCKERS = [
    ("CRI-PF-CONTAINERD-UNIT", {"containerd/enabled": None}),
    ("CRI-PF-CONTAINERD-UNIT", {"containerd/enabled": "masked"}),
    ("CRI-PF-CONTAINERD-SOCKET", {"containerd/socket": "/run/other.sock"}),
    (
        "CRI-PF-CNI-DIRS",
        {
            "kubelet/cni_bin_dir": "/a,/b",
            "cni/bin_dirs": [{"path": "/a", "plugins": ["bridge"]}, {"path": "/b", "plugins": ["portmap"]}],
        },
    ),
    (
        "CRI-PF-CNI-VERSION",
        {
            "containerd/version": "1.6.2",
            "cni/files": [{"name": "10-lab.conflist", "cni_version": None, "plugins": ["bridge"], "ok": True}],
        },
    ),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-CONTAINERD-CONFIG", {"containerd/config": {"exists": True, "path": "/x", "imports": ["/x.d/*.toml"]}}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


NOTES = [
    ("CRI-PF-CONTAINERD-CONFIG", {"containerd/config": {"exists": True, "path": "/x", "imports": []}}),
]


@pytest.mark.parametrize("token, changes", NOTES)
def test_notes(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "note") == [token] and len(findings) == 1


FINE = [
    {"kubelet/cni_bin_dir": "/a,/opt/cni/bin"},
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []
