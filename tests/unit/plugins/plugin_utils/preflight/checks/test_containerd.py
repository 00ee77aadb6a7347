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
