# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._rollout import gates as operator_gates

pytest.importorskip("jmespath")

DATA = {
    "crictl_info": {
        "status": {"conditions": [{"type": "RuntimeReady", "status": True}, {"type": "NetworkReady", "status": False}]},
        "config": {"sandboxImage": "pause:3.6", "workers": 3, "empty": []},
    },
    "crictl_version": {"runtimeName": "containerd", "runtimeVersion": "1.6.20"},
    "node": {"status": {"allocatable": {"nvidia.com/gpu": "2"}}},
}


class Text(str):
    """As Ansible hands its strings on."""


@pytest.mark.parametrize(
    "gate, seen, ok",
    [
        ({"query": "config.sandboxImage", "expect": "pause:3.6"}, "pause:3.6", True),
        ({"query": "config.sandboxImage", "expect": "pause:3.9"}, "pause:3.6", False),
        ({"query": "status.conditions[?type=='RuntimeReady'].status | [0]", "expect": True}, True, True),
        ({"query": "status.conditions[?type=='RuntimeReady'].status | [0]", "expect": "true"}, True, True),
        ({"query": "status.conditions[?type=='NetworkReady'].status | [0]", "expect": True}, False, False),
        ({"query": "status.conditions[?type=='RuntimeReady'].status | [0]", "expect": 1}, True, False),
        ({"query": "config.workers", "expect": "3"}, 3, True),
        ({"query": "config.workers", "expect": 3.0}, 3, True),
        ({"query": "config.nothing", "expect": None}, None, True),
        ({"query": "config.nothing"}, None, False),
        ({"query": "config.empty"}, [], False),
        ({"query": "config.workers"}, 3, True),
        ({"query": "length(status.conditions)", "expect": 2}, 2, True),
        ({"query": "runtimeName", "expect": "containerd", "source": "crictl_version"}, "containerd", True),
        ({"query": 'status.allocatable."nvidia.com/gpu"', "expect": "2", "source": "node"}, "2", True),
        ({"query": "starts_with(runtimeVersion, '1.6')", "expect": True, "source": "crictl_version"}, True, True),
    ],
)
def test_a_gate_is_judged(gate, seen, ok):
    (result,) = operator_gates.evaluate(DATA, [dict(gate, name="g")])
    assert (result["seen"], result["ok"]) == (seen, ok)
    assert "error" not in result


def test_a_function_on_a_wrong_type_is_a_gate_not_met():
    (result,) = operator_gates.evaluate(
        DATA, [{"name": "g", "query": "starts_with(config.workers, 'a')", "expect": True}]
    )
    assert not result["ok"]
    assert "starts_with" in result["error"]


def test_a_source_that_is_not_known_is_a_gate_not_met():
    (result,) = operator_gates.evaluate({}, [{"name": "g", "query": "a", "source": "node"}])
    assert (result["ok"], result["error"]) == (False, "nothing known of node")


def test_ansible_strings_are_strings_to_functions():
    data = {"crictl_info": {Text("version"): Text("1.6.20")}}
    (result,) = operator_gates.evaluate(data, [{"name": Text("g"), "query": Text("starts_with(version, '1.6')")}])
    assert result["ok"]


@pytest.mark.parametrize(
    "gates, message",
    [
        ("config", "CRI-GATE-INVALID: gates are a list"),
        (["config"], "CRI-GATE-INVALID: gate 1 is str"),
        ([{"query": "a"}], r"CRI-GATE-INVALID: gate 1 \(no name\) lacks name"),
        ([{"name": "g"}], r"CRI-GATE-INVALID: gate 1 \(g\) lacks query"),
        ([{"name": "g", "query": 3}], "lacks query, a non-empty string"),
        ([{"name": "g", "query": "a", "expects": 1}], "unknown keys: expects"),
        ([{"name": "g", "query": "a", "source": "docker"}], "has source docker"),
        ([{"name": "g", "query": "a"}, {"name": "g", "query": "b"}], "gate 2 .g.: another gate has that name"),
        ([{"name": "g", "query": "a[?"}], r"CRI-GATE-QUERY: gate 1 \(g\): .* in query 'a\[\?'"),
        ([{"name": "g", "query": "a == =="}], "CRI-GATE-QUERY: gate 1"),
    ],
)
def test_a_bad_gate_is_a_clear_error(gates, message):
    with pytest.raises(operator_gates.GateError, match=message):
        operator_gates.evaluate({}, gates)


@pytest.mark.parametrize("query", ["nofunction(@)", "length(@, @)"])
def test_a_query_no_node_can_answer_is_a_clear_error(query):
    with pytest.raises(operator_gates.GateError, match="CRI-GATE-QUERY: gate 1"):
        operator_gates.evaluate({}, [{"name": "g", "query": query}])
