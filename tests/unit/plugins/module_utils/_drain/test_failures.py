# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._drain import failures

BUDGET = {"namespace": "s", "name": "a", "allowed": 0, "healthy": 1, "expected": 2, "desired": 1}


def entry(name, **more):
    return dict({"namespace": "s", "name": name, "uid": name, "pdbs": [], "reason": "ReplicaSet"}, **more)


def test_a_deadline_names_budgets_before_all_else():
    waiting = [
        (entry("db", pdbs=["s/a"]), "budget", "needs 1", 3),
        (entry("old"), "retry", "500", 2),
        (entry("web"), None, None, 1),
    ]
    blocked = failures.held_up(waiting)
    assert [(found["name"], found["reason"], found["attempts"]) for found in blocked] == [
        ("db", "pdb", 3),
        ("old", "api", 2),
        ("web", "terminating", 1),
    ]
    failed = failures.late("n1", 9, blocked, [BUDGET])
    assert failed.reason == "CRI-DRAIN-PDB" and failed.details["pdbs"] == [BUDGET]
    assert "s/db (PDB s/a) (PDB s/a: 0 disruptions allowed, 1 of 2 pods healthy, 1 needed)" in failed.message


HELD = (entry("db", pdbs=["s/a"]), "budget", "needs 1", 3)


UNNAMED = (entry("new"), "budget", "the budget b needs 2", 3)


FAILED = (entry("old"), "retry", "500", 2)


ENDS = (entry("web"), None, None, 1)


@pytest.mark.parametrize(
    "waiting, reason, said, unsaid",
    [
        ([HELD], "CRI-DRAIN-PDB", ["s/db", "timeout", "disable_eviction"], ["grace", "terminating", "webhooks"]),
        ([HELD, ENDS], "CRI-DRAIN-PDB", ["still terminating are s/web", "grace", "disable_eviction"], ["webhooks"]),
        ([UNNAMED], "CRI-DRAIN-PDB", ["(s/new: the budget b needs 2)", "switchover_drain_disable_eviction"], []),
        ([FAILED], "CRI-DRAIN-TIMEOUT", ["s/old (500)", "webhooks"], ["grace", "finalizers", "disable_eviction"]),
        ([ENDS], "CRI-DRAIN-TIMEOUT", ["s/web", "switchover_drain_grace", "finalizers"], ["webhooks", "disable_"]),
        ([FAILED, ENDS], "CRI-DRAIN-TIMEOUT", ["did not evict s/old (500)", "terminating are s/web", "grace"], []),
    ],
)
def test_a_deadline_names_every_pod_and_what_may_be_done(waiting, reason, said, unsaid):
    budgets = [BUDGET] if HELD in waiting else []
    failed = failures.late("n1", 9, failures.held_up(waiting), budgets)
    assert failed.reason == reason and "switchover_drain_timeout" in failed.message
    assert [word for word in said if word not in failed.message] == []
    assert [word for word in unsaid if word in failed.message] == []


@pytest.mark.parametrize(
    "reasons, options",
    [(["unmanaged"], ["force"]), (["emptydir", "two-pdbs"], ["delete_emptydir", "disable_eviction"])],
)
def test_a_refusal_names_the_option_of_each_reason(reasons, options):
    (refused,) = failures.with_remedies([entry("p", reasons=reasons)])
    failed = failures.refused("n1", [refused])
    assert failed.reason == "CRI-DRAIN-REFUSED"
    assert all("set %s" % option in failed.message for option in options)


def test_volumes_that_stay():
    failed = failures.volumes_late("n1", 9, ["csi-1", "csi-2"])
    assert failed.reason == "CRI-DRAIN-VOLUMES" and "csi-1, csi-2" in failed.message
    assert failed.details["volume_attachments"] == ["csi-1", "csi-2"]
