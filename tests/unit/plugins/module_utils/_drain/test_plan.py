# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.cri.switchover.plugins.module_utils._drain import plan
from ansible_collections.cri.switchover.plugins.module_utils._drain.options import DEFAULTS
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._drain.pod_entry import pod


def test_a_plan_is_in_order_and_names_budgets():
    pdbs = [{"namespace": "shop", "name": "web", "allowed": 0}]
    pods = [
        pod("b", pdbs=["shop/web"]),
        pod("a"),
        pod("d", kind="DaemonSet"),
        pod("c", kind=None),
        pod("e", phase="Succeeded", owner_single=True),
        pod("new", tolerates_cordon=True),
    ]
    made = plan.plan_pods(pods, pdbs, DEFAULTS, newcomers={"u-new"})
    assert [(e["name"], e["reason"], e["pdbs"], e["warnings"]) for e in made["evict"]] == [
        ("a", "ReplicaSet", [], []),
        ("b", "ReplicaSet", ["shop/web"], ["pdb-exhausted"]),
        ("e", "finished", [], []),
    ]
    assert [(e["name"], e["reason"]) for e in made["keep"]] == [("d", "daemonset"), ("new", "tolerates-cordon")]
    assert [e["name"] for e in made["refuse"]] == ["c"]
