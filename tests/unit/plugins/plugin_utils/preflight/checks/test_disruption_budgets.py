# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from unit.plugins.plugin_utils.preflight.good_node import (
    CLUSTER,
    FLEET,
    ONE,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge


def test_budgets_that_allow_nothing():
    pdbs = [
        {"namespace": "shop", "name": "web", "allowed": 0, "expected": 2},
        {"namespace": "shop", "name": "empty", "allowed": 0, "expected": 0},
    ]
    findings = judge.judge_fleet(ONE, dict(CLUSTER, pdbs=pdbs), FLEET)
    assert findings[0]["details"]["pdbs"] == ["shop/web"] and findings[0]["level"] == "warning"
