"""Settings that are wrong: what each playbook says before any node is contacted."""

from typing import Any

import pytest

PLAYBOOKS = ["preflight", "stage", "switch_runtime", "revert", "remove_docker", "verify"]
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": ({"targt": "crio"}, "CRI-SETTINGS-UNKNOWN: switchover_targt"),
    "malformed": ({"watchdog": "soon"}, "CRI-SETTINGS-VALUE: switchover_watchdog"),
    "two that do not fit": ({"watchdog": 300, "verify_timeout": 300}, "CRI-SETTINGS-VALUE: switchover_watchdog (300)"),
    "no such file": ({"before_drain_tasks": "/nowhere.yml"}, "CRI-SETTINGS-TASKS: "),
}


def without_wrapping(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize(
    "playbook", [pytest.param(name, marks=() if name == "verify" else pytest.mark.long) for name in PLAYBOOKS]
)
def test_it_is_named_and_no_node_is_contacted(fleet, playbook, name):
    settings, expected = WRONG[name]
    run = fleet.run(playbook, {}, **settings)
    assert run.code == 2 and run.calls == []
    assert expected in without_wrapping(run.output), run.output
    # Ansible's own frame round a lookup that failed says nothing to an operator.
    assert "lookup plugin" not in run.output


def test_a_setting_may_be_a_template_of_another_variable(fleet):
    run = fleet.run("preflight", {}, "-e", "seconds=soon", watchdog="{{ seconds }}")
    assert run.code == 2 and "switchover_watchdog is 'soon'" in without_wrapping(run.output)
    run = fleet.run("preflight", {}, "-e", "seconds=700", watchdog="{{ seconds }}")
    assert run.code == 0, run.output
