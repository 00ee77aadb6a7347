# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else may have set FORWARD's policy."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.read_network import active_managers


@pytest.mark.parametrize(
    ("units", "conf", "expected"),
    [
        ({"ufw.service": {"ActiveState": "active"}}, "ENABLED=no\n", []),
        ({"ufw.service": {"ActiveState": "active"}}, "# x\nENABLED=yes\n", ["ufw"]),
        (
            {"nftables.service": {"ActiveState": "inactive"}, "firewalld.service": {"ActiveState": "active"}},
            "",
            ["firewalld"],
        ),
    ],
)
def test_firewalls(units, conf, expected):
    assert active_managers(units, conf) == expected
