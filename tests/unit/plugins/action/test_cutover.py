# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action gives its modules, and what it does where one of them loses the connection."""

import types

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from unit.plugins.plugin_utils.test_cutover_plan import INFO, KUBELET, RUN, TARGET

from ansible_collections.cri.switchover.plugins.action import cutover
from ansible_collections.cri.switchover.plugins.plugin_utils import cutover_plan

PARTS = {"state": "staged", "info": INFO, "target": TARGET, "kubelet": KUBELET, "run": RUN}


class Scripted(cutover.ActionModule):
    """A task with these arguments; what goes to a module is kept in ``called``, with what stands before its command."""

    _load_name = "cri.switchover.cutover"

    def __init__(self, args, answer=None):
        self._task = types.SimpleNamespace(args=args, check_mode=False, environment=[{"K8S_AUTH_API_KEY": "secret"}])
        self._connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="/root/.ansible/tmp/x"))
        self._templar = types.SimpleNamespace(template=lambda value: value)
        self.called, self.answer = [], answer

    def _execute_module(self, **given):
        environment = {"K8S_AUTH_API_KEY": "secret"}
        self.called.append((self._compute_environment_string(environment), environment, given))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or {"changed": True}


@pytest.fixture(autouse=True)
def no_base(monkeypatch):
    monkeypatch.setattr(ActionBase, "run", lambda *_args, **_named: {})


@pytest.mark.parametrize(
    "given, wanted",
    [
        ({}, "python3"),
        ({"ansible_python_interpreter": "auto_silent"}, "python3"),
        ({"ansible_python_interpreter": "/usr/libexec/platform-python"}, "/usr/libexec/platform-python"),
        ({"ansible_facts": {"discovered_interpreter_python": "/usr/bin/python3.11"}}, "/usr/bin/python3.11"),
    ],
)
def test_the_nodes_python(given, wanted):
    assert cutover.python_of(given) == wanted


def test_the_module_stages_a_plan_made_of_its_parts():
    action = Scripted(dict(PARTS, run=dict(RUN, watchdog_s="900"), annotations={"a": "b"}))
    assert action.run() == {"changed": True}
    ((prefix, environment, given),) = action.called
    plan = given["module_args"]["plan"]
    assert set(given["module_args"]) == {"state", "plan"} and given["module_name"] == "cri.switchover.cutover"
    assert plan == cutover_plan.build(INFO, TARGET, KUBELET, dict(RUN, watchdog_s=900), {"a": "b"})
    assert (prefix, environment) == ("", {}), "the task's environment stays here"


@pytest.mark.parametrize(
    "wrong",
    [{"target": None}, {"run": {"run_id": "r"}}, {"run": dict(RUN, on_reboot="wait")}],
    ids=lambda wrong: str(wrong),
)
def test_parts_are_checked(wrong):
    args = {name: value for name, value in dict(PARTS, **wrong).items() if value is not None}
    with pytest.raises(AnsibleActionFail):
        Scripted(args).run()


def test_a_part_that_is_not_whole_is_named():
    answer = Scripted(dict(PARTS, info={"node_name": "n1"})).run()
    assert answer["failed"] and answer["reason"] == "CRI-CUTOVER-PLAN" and "lack 'runtime'" in answer["msg"]


def test_a_module_is_bounded_on_the_node():
    action = Scripted({}, {"changed": False, "health": {}})
    assert action.run_bounded("cri.switchover.cri_health", {"endpoint": "x"}, {}, 70)["health"] == {}
    assert [prefix for prefix, _environment, _given in action.called] == ["timeout -k 5 70"]
    assert action._compute_environment_string() == "", "and no other command is"


def test_after_a_lost_connection_the_next_try_makes_its_own_folder():
    action = Scripted({}, AnsibleConnectionFailure("gone"))
    with pytest.raises(AnsibleConnectionFailure):
        action.run_bounded("cri.switchover.cri_health", {}, {}, 70)
    assert action._connection._shell.tmpdir is None and action._compute_environment_string() == ""


def test_a_lost_node_that_cannot_be_cleaned_up_keeps_the_result(monkeypatch):
    def cleanup(*_args):
        raise AnsibleConnectionFailure("gone")

    monkeypatch.setattr(ActionBase, "cleanup", cleanup)
    Scripted({}).cleanup()
