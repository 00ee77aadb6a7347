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
    ("CRI-PF-OS", {"os/family": "other"}),
    ("CRI-PF-SYSTEMD", {"os/systemd": 219}),
    ("CRI-PF-SYSTEMD", {"os/systemd": None}),
    ("CRI-PF-KERNEL", {"os/kernel": "3.10.0-1160.el7.x86_64"}),
    ("CRI-PF-KERNEL", {"os/kernel": "5.0.0"}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-KERNEL", {"os/kernel": "5.4.0-150-generic"}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []
