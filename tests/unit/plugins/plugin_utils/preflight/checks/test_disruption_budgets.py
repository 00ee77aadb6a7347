# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
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
    (tight,) = [item for item in findings if item["token"] == "CRI-PF-PDB"]
    assert tight["details"]["pdbs"] == ["shop/web"] and tight["level"] == "warning" and tight["node"] == "(all)"
    assert tight["message"].endswith("allow no eviction now: shop/web")
    assert "switchover_drain_timeout" in tight["remedy"]


@pytest.mark.parametrize(
    "changes",
    [
        {"pdbs": []},
        {"pdbs": [{"namespace": "shop", "name": "web", "allowed": 1, "expected": 2}]},
        {"pdbs": [{"namespace": "shop", "name": "empty", "allowed": 0, "expected": 0}]},
        # Nothing is known of them.
        {"pdbs": [{"namespace": "shop", "name": "web", "allowed": 0, "expected": 2}], "reachable": False},
    ],
)
def test_budgets_that_no_drain_waits_for(changes):
    findings = judge.judge_fleet(ONE, dict(CLUSTER, **changes), FLEET)
    assert "CRI-PF-PDB" not in [item["token"] for item in findings]
