# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible.errors import AnsibleError

from ansible_collections.cri.switchover.plugins.lookup.planned import LookupModule

PLAN = {
    "run": {"run_id": "r"},
    "order": ["a", "b"],
    "serial": [1, 1],
    "resume": {"order": ["c"], "serial": [1]},
    "states": {"a": "pending"},
    "node_names": {"a": "na"},
    "handlers": [[]],
}


class Hostvars(dict):
    """As Ansible's: raw_get() gives variables without templating them."""

    def raw_get(self, name):
        return dict.__getitem__(self, name)

    def __getitem__(self, name):
        raise AssertionError("a whole host was templated")


def planned(part, variables, **options):
    (found,) = LookupModule().run([part], variables, **options)
    return found


@pytest.mark.parametrize(
    "part, expected",
    [("order", ["a", "b"]), ("serial", [1, 1]), ("resume", ["c"]), ("resume_serial", [1])],
)
def test_the_keywords_of_a_play(part, expected):
    hostvars = Hostvars(lost={}, a={"rollout_result": PLAN}, b={"rollout_result": {}})
    assert planned(part, {"hostvars": hostvars}) == expected


@pytest.mark.parametrize(
    "variables", [{}, {"hostvars": Hostvars(a={})}, {"rollout_result": {"order": [], "serial": []}}]
)
def test_without_a_plan_no_host_is_in_the_play(variables):
    assert planned("order", variables) == planned("resume", variables) == ["all", "!all"]
    assert planned("serial", variables) == planned("resume_serial", variables) == [1]


def test_parts_for_the_host_of_a_task():
    cluster = {"nodes": {"na": {"ready": True}}}
    host = {"inventory_hostname": "a", "rollout_result": PLAN, "preflight_result": {"cluster": cluster}}
    assert planned("run", host) == {"run_id": "r"} and planned("handlers", host) == [[]]
    assert planned("state", host) == "pending" and planned("baseline", host) == {"ready": True}
    assert planned("baseline", {**host, "preflight_result": {"cluster": {"error": {}}}}) == {}


@pytest.mark.parametrize(
    "part, variables, match",
    [
        ("orders", {}, "wanted: one of order, .*not orders"),
        ("state", {}, "there is no plan with 'states' for this host: the role cri.switchover.rollout makes it"),
        ("state", {"inventory_hostname": "z", "rollout_result": PLAN}, "no plan with 'z'"),
    ],
)
def test_what_is_no_part_of_a_plan(part, variables, match):
    with pytest.raises(AnsibleError, match=match):
        planned(part, variables)


def test_a_plan_of_another_name():
    assert planned("order", {"rollout_result": PLAN, "mine": {"order": ["z"]}}, fact="mine") == ["z"]
