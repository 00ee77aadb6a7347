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

WARNINGS = [
    ("CRI-PF-KUBELET-UNIT", {"kubelet/dependencies": {"wants": ["cri-dockerd.service"]}}),
    ("CRI-PF-KUBELET-UNIT", {"kubelet/dependencies": {"requires": ["docker.service"]}}),
    ("CRI-PF-KUBELET-UNIT", {"kubelet/dependencies": {"wants": ["docker.socket"]}}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []
