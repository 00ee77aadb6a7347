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
    ("CRI-PF-PACKAGE-MANAGER", {"packages/manager": "zypper"}),
    ("CRI-PF-PACKAGE-MISSING", {"packages/candidates": {"cri-tools": None}}),
    ("CRI-PF-PACKAGES", {"packages/simulation": {"ok": False, "error": "unmet dependencies"}}),
    ("CRI-PF-PACKAGES-HELD", {"packages/held": ["cri-tools"]}),
    (
        "CRI-PF-PACKAGES-HELD",
        {"packages/held": ["socat"], "packages/simulation/install": [{"name": "socat", "to": "1"}]},
    ),
    ("CRI-PF-PACKAGES-UPGRADE", {"packages/simulation/upgrade": [{"name": "runc", "from": "1.0", "to": "1.1"}]}),
    ("CRI-PF-PACKAGES-REMOVE", {"packages/simulation/remove": [{"name": "docker.io", "from": "20.10"}]}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


FINE = [
    {"crictl/installed": True, "packages/manager": None},
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []
