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
    ("CRI-PF-FACTS", {"cni": {"error": "boom", "active": "x", "files": []}}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-STATIC-POD", {"static_pods": [{"file": "odd.yaml", "error": "line 3"}]}),
    ("CRI-PF-FACTS", {"kernel": {"error": "odd"}}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []
