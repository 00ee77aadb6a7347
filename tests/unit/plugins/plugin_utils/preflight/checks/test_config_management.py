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
    ("CRI-PF-CONFIG-MANAGEMENT", {"config_management": [{"unit": "puppet.service", "active": True, "enabled": False}]}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


def test_configuration_management_is_named():
    units = [
        {"unit": "chef-client.timer", "active": False, "enabled": True},
        {"unit": "puppet.service", "active": True, "enabled": True},
    ]
    (finding,) = found(changed(INFO, {"config_management": units}))
    assert "chef-client.timer starts at boot, puppet.service runs" in finding["message"]
    assert finding["details"] == {"units": units} and finding["node"] == "node1"
