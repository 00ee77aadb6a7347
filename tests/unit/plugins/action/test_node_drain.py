# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the drain is done in Ansible's own process, with what, and when a module does it."""

import types

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.cri.switchover.plugins.action import node_drain


class Scripted(node_drain.ActionModule):
    """A task with these arguments; what would go to a module is kept in `called`."""

    _load_name = "cri.switchover.node_drain"

    def __init__(self, args, transport="local", async_val=0, become=False, environment=None):
        self._task = types.SimpleNamespace(
            args=args, async_val=async_val, check_mode=False, environment=environment or [{}]
        )
        self._connection = types.SimpleNamespace(transport=transport, has_native_async=False, become=become)
        self._templar = types.SimpleNamespace(template=lambda value: value)
        self._display = types.SimpleNamespace(display=lambda text: self.said.append(text))
        self.called, self.said = [], []

    def _execute_module(self, **given):
        self.called.append(given)
        return {"changed": True}


@pytest.fixture(autouse=True)
def no_base(monkeypatch):
    monkeypatch.setattr(node_drain.ActionBase, "run", lambda *_args, **_named: {})


ARGS = {"name": "n1", "state": "drained", "run_id": "r1", "timeout": "90"}


def test_the_drain_is_done_in_this_process(monkeypatch):
    seen = []

    def work(params, check_mode, progress, env):
        seen.append((params, check_mode, env))
        progress("waits for 2 pods")
        return {"changed": True, "evicted": ({"name": "web-1"},)}

    monkeypatch.setattr(node_drain.node_drain, "work", work)
    action = Scripted(dict(ARGS, kubeconfig="~/admin"), environment=[{"K8S_AUTH_HOST": "https://api"}, {}])
    assert action.run() == {"changed": True, "evicted": [{"name": "web-1"}]}, "as plain as a module's answer"
    ((params, check_mode, env),) = seen
    assert (params["timeout"], params["grace"], params["wait_volumes"], check_mode) == (90, None, True, False)
    assert not params["kubeconfig"].startswith("~") and env["K8S_AUTH_HOST"] == "https://api" and env["PATH"]
    assert action.said == ["  n1 waits for 2 pods"] and not action.called


@pytest.mark.parametrize("where", [{"transport": "ssh"}, {"async_val": 60}, {"become": True}])
def test_elsewhere_the_module_does_it(monkeypatch, where):
    monkeypatch.setattr(node_drain.node_drain, "work", None)
    action = Scripted(ARGS, **where)
    assert action.run() == {"changed": True}
    assert action.called[0]["module_args"] == ARGS and bool(action.called[0]["wrap_async"]) == ("async_val" in where)


@pytest.mark.parametrize(
    "wrong", [{"state": "gone"}, {"run_id": None}, {"timeout": "soon"}, {"drain": True}], ids=lambda wrong: str(wrong)
)
def test_arguments_are_checked_as_those_of_a_module_are(wrong):
    args = {name: value for name, value in dict(ARGS, **wrong).items() if value is not None}
    with pytest.raises(AnsibleActionFail):
        Scripted(args).run()


def test_a_failure_is_an_answer(tmp_path):
    answer = Scripted(dict(ARGS, kubeconfig=str(tmp_path / "none"))).run()
    assert answer["failed"] and answer["reason"] == "CRI-API-CONFIG"
    assert answer["msg"].startswith("CRI-API-CONFIG: node n1")
