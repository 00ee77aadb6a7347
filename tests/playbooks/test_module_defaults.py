"""module_defaults for the action group give kubeconfig and context to each module that uses the API."""

import json
from pathlib import Path

import yaml
from playbooks.conftest import ON_CONTROLLER

TOP = Path(__file__).resolve().parents[2]
# Of the action group, those that can be stubs.
GROUP = [
    module
    for module in yaml.safe_load((TOP / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]["cluster"]
    if module not in ON_CONTROLLER
]
DEFAULTS = {"kubeconfig": "/etc/admin.conf", "context": "prod"}


def test_kubeconfig_and_context_are_given_once(play, tmp_path):
    tasks = [{"name": module, f"cri.switchover.{module}": {"run_id": "r"}} for module in [*GROUP, "image_transfer"]]
    tasks.append({"name": "Own", "cri.switchover.node_drain": {"context": "test"}})
    defaults = {"group/cri.switchover.cluster": DEFAULTS}
    book = {"name": "Play", "hosts": "all", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}
    path = tmp_path / "play.yml"
    path.write_text(json.dumps([book]), encoding="utf-8")
    code, output, asked = play(str(path), "w1 ansible_connection=local\n", [*GROUP, "image_transfer"], {})
    assert code == 0, output
    given = {"run_id": "r", **DEFAULTS}
    assert [(name, args) for _host, name, args in asked] == [
        *[(module, given) for module in GROUP],
        ("image_transfer", {"run_id": "r"}),
        ("node_drain", {**DEFAULTS, "context": "test"}),
    ]


def test_they_reach_the_real_action(play, tmp_path):
    """A kubeconfig that is not there is named in the failure."""
    wanted = str(tmp_path / "not-there")
    book = {
        "name": "Play",
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/cri.switchover.cluster": {"kubeconfig": wanted}},
        "tasks": [{"name": "Uncordon", "cri.switchover.node_drain": {"name": "w1", "state": "uncordoned"}}],
    }
    path = tmp_path / "play.yml"
    path.write_text(json.dumps([book]), encoding="utf-8")
    code, output, _asked = play(str(path), "localhost ansible_connection=local\n", [], {})
    assert code != 0 and "CRI-API-CONFIG" in output and wanted in output
