# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.times import micro_time
from ansible_collections.cri.switchover.plugins.module_utils._rollout import lease_plan

NOW = 1764075600.5  # 2025-11-25T13:00:00.5Z


RUN = {"run_id": "r1", "owner": "ann", "process": "m/1/2", "duration": 600}


def lease(run_id, ago=10, duration=60, **more):
    spec = {"holderIdentity": run_id, "renewTime": micro_time(NOW - ago), "leaseDurationSeconds": duration}
    notes = {"cri.switchover/owner": "bob", "cri.switchover/process": "m/3/4"}
    return {"metadata": {"resourceVersion": "7", "annotations": notes}, "spec": dict(spec, **more)}


@pytest.mark.parametrize(
    "seen, ended, action",
    [
        (None, False, "create"),
        (lease("r1"), False, "renew"),
        (lease("r1", ago=59), True, "renew"),
        (lease("r1", ago=61), False, "take"),  # its time was up, and nobody else has it
        (lease("r0"), False, "refuse"),
        (lease("r0", ago=60), False, "refuse"),  # to the last second
        (lease("r0", ago=60.1), False, "take"),
        (lease("r0"), True, "take"),
        (lease("r0", ago=-500), False, "refuse"),  # written by a server whose clock is ahead
        (lease(None), False, "take"),
        (lease(""), False, "take"),
        (lease("r0", renewTime=None), False, "take"),
        (lease("r0", ago=14, leaseDurationSeconds=None), False, "refuse"),
        (lease("r0", ago=16, leaseDurationSeconds=None), False, "take"),
        ({"metadata": {"resourceVersion": "7"}}, False, "take"),
    ],
)
def test_what_is_done(seen, ended, action):
    done, body = lease_plan.plan_hold(seen, RUN, NOW, ended)
    assert done == action
    if action == "refuse":
        assert body is None
        return
    assert (body["spec"]["holderIdentity"], body["spec"]["leaseDurationSeconds"]) == ("r1", 600)
    assert body["spec"]["renewTime"] == "2025-11-25T13:00:00.500000Z"
    assert body["metadata"]["annotations"] == {"cri.switchover/owner": "ann", "cri.switchover/process": "m/1/2"}
    # What was written meanwhile must not be overwritten.
    assert body["metadata"].get("resourceVersion") == (None if action == "create" else "7")
    assert ("acquireTime" in body["spec"]) == (action != "renew")


def test_changes_of_hands_are_counted():
    assert lease_plan.plan_hold(lease("r0", ago=99, leaseTransitions=4), RUN, NOW)[1]["spec"]["leaseTransitions"] == 5
    assert "leaseTransitions" not in lease_plan.plan_hold(lease("r1"), RUN, NOW)[1]["spec"]


def test_nothing_is_left_of_the_one_before():
    body = lease_plan.plan_hold(lease("r0", ago=99), dict(RUN, owner="", process=""), NOW)[1]
    assert body["metadata"]["annotations"] == {"cri.switchover/owner": None, "cri.switchover/process": None}
    assert lease_plan.plan_hold(None, dict(RUN, owner="", process=""), NOW)[1]["metadata"]["annotations"] == {}


def test_a_refusal_names_the_owner():
    assert lease_plan.state(lease("r0"), NOW) == {
        "run_id": "r0",
        "owner": "bob",
        "process": "m/3/4",
        "seconds_left": 50,
    }


@pytest.mark.parametrize("seen", [None, lease("r0"), lease(None), {"metadata": {"resourceVersion": "7"}}])
def test_what_is_not_ours_is_not_released(seen):
    assert lease_plan.plan_release(seen, "r1") is None


def test_what_is_ours_is_released_even_late():
    for seen in (lease("r1"), lease("r1", ago=999)):
        patch = lease_plan.plan_release(seen, "r1")
        assert patch["spec"] == {"holderIdentity": None} and patch["metadata"]["resourceVersion"] == "7"
