# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import run

IDENTITY = {"run_id": "r", "owner": "ann", "process": "p", "created": 1}


def node(name, state, **more):
    known = {"node_name": "n" + name, "runtime": "docker", "longest_s": 10, "control_plane": False, "handlers": []}
    return {"name": name, "state": state, **known, **more}


NODES = [
    node("a", "pending", handlers=[{"name": "runc"}], longest_s=30),
    node("b", "done", runtime="containerd", handlers=[{"name": "crun"}]),
    node("c", "drift", runtime="crio"),
    node("d", "pending", control_plane=True),
]
PLAN = {"order": ["a", "d"], "serial": [1, 1], "resume": {"order": [], "serial": []}}


def test_what_all_plays_of_a_run_know():
    found = run.result(NODES, PLAN, "switch", {"baseline": {"at": "then"}}, IDENTITY)
    assert found["run"] == {
        **IDENTITY,
        "goal": "switch",
        "lease": True,
        "lease_s": 30,
        "baseline": {"at": "then"},
        "control_plane": ["d"],
    }
    assert found["states"] == {"a": "pending", "b": "done", "c": "drift", "d": "pending"}
    assert found["node_names"]["a"] == "na"
    assert found["on_target"] == {"nb": "containerd", "nc": "crio"}
    # Of hosts that this run works on: RuntimeClasses of others are not its business.
    assert found["handlers"] == [[{"name": "runc"}]]
    assert run.result(NODES, PLAN, "revert", {}, IDENTITY)["on_target"] == {}


@pytest.mark.parametrize(
    "order, resume, missing, lease",
    [
        (["a"], [], [], True),
        ([], ["a"], [], True),
        ([], [], [], False),
        (["a"], [], ["create leases in kube-system"], False),
        (["a"], [], ["create leases in kube-system-other", "get pods"], True),
    ],
)
def test_a_lease_is_taken_where_something_could_be_disturbed(order, resume, missing, lease):
    plan = {"order": order, "serial": [], "resume": {"order": resume, "serial": []}}
    assert run.result(NODES, plan, "switch", {"missing_rights": missing}, IDENTITY)["run"]["lease"] is lease


@pytest.mark.parametrize(
    "goal, plan, expected",
    [
        (
            "switch",
            PLAN,
            "To switch, in this order: a, d; batches of 1, 1. States: a pending, b done, c drift, d pending.",
        ),
        (
            "revert",
            {"order": [], "serial": [], "resume": {"order": ["b"], "serial": [1]}},
            "To resume first: b. Nothing to revert. States: a pending, b done, c drift, d pending.",
        ),
    ],
)
def test_what_will_happen(goal, plan, expected):
    assert run.report(run.result(NODES, plan, goal, {}, IDENTITY)) == expected
