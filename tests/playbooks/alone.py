"""A staging role alone, on one host: what it executes there, and what it says. Modules that need a node are stubs."""

import copy
import json
from pathlib import Path

from playbooks.readme import example

TOP = Path(__file__).resolve().parents[2]
NODE = json.loads((TOP / "tests/unit/plugins/plugin_utils/preflight/lab_node.json").read_text(encoding="utf-8"))
DUMPS = TOP / "tests/unit/plugins/module_utils/_runtimes"
STUBS = ["node_runtime_info", "stage_files", "kubelet_files", "handler_binaries", "runtime_class"]
INVENTORY = "[kube_node]\nw1 ansible_connection=local\n"


def node(**changes):
    """Facts of a node that has all packages for containerd; ``changes``: {part__key: value}."""
    facts = copy.deepcopy(NODE)
    facts["crictl"] = {"installed": True, "path": "/usr/bin/crictl", "version": "1.36.0"}
    for path, value in changes.items():
        part, _sep, key = path.partition("__")
        facts.setdefault(part, {})[key] = value
    return facts


def read(facts):
    return {"node_runtime_info": {"changed": False, "runtime_info": facts}}


class Outcome:
    def __init__(self, code, output, asked, checked):
        self.code, self.output, self.checked = code, output, checked
        self.executions = [module for _host, module, _args in asked]
        self.args = {module: args for _host, module, args in asked}


class Alone:
    """``role``: its name; ``play``: the fixture; ``folder``: of the test."""

    def __init__(self, role, play, folder):
        self.role, self.play, self.folder = role, play, folder

    def example(self, answers, *options):
        """The playbook of the role's README."""
        return self._run(example(self.role), answers, options)

    def __call__(self, answers, *options, tasks_from="main", **variables):
        role = {"name": "cri.switchover." + self.role, "tasks_from": tasks_from}
        show = {"msg": "RESULT {{ %s_result | default({}) | to_json }}" % self.result_of}
        tasks = [
            {"name": "Call the role", "ansible.builtin.include_role": role, "vars": variables},
            {"name": "Show its result", "ansible.builtin.debug": show},
        ]
        return self._run(
            json.dumps([{"name": "Play", "hosts": "all", "gather_facts": False, "tasks": tasks}]), answers, options
        )

    @property
    def result_of(self):
        return "target_runtime" if self.role.startswith("target_") else self.role

    def _run(self, text, answers, options):
        path = self.folder / "alone.yml"
        path.write_text(text, encoding="utf-8")
        code, output, asked = self.play(str(path), INVENTORY, STUBS, answers, *options)
        times = [json.loads(line) for line in (self.folder / "times").read_text(encoding="utf-8").splitlines()]
        return Outcome(code, output, asked, {module.split()[0]: checked for _h, module, _b, _e, checked in times})
