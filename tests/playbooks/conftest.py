"""The collection's playbooks by Ansible itself, on local hosts, with stub.py in place of modules.

An action plugin is the real one, unless its name is among those of the stubs.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
# A module that is documentation only is an action that needs no node.
ON_CONTROLLER = [
    path.stem for path in (TOP / "plugins/modules").glob("*.py") if "def main(" not in path.read_text(encoding="utf-8")
]


@pytest.fixture
def play(tmp_path):
    """play(name or file, inventory, modules that are stubs, answers by "[host ]module[ state]", *options)

    -> (exit code, output, [[host, module, arguments], ...]); in tmp_path, "times" has when each was called.
    """
    place = tmp_path / "ansible_collections" / "cri" / "switchover"
    (place / "plugins" / "action").mkdir(parents=True)
    for name in ("galaxy.yml", "meta", "playbooks", "roles"):
        (place / name).symlink_to(TOP / name)
    for name in ("filter", "lookup", "module_utils", "plugin_utils", "modules", "doc_fragments"):
        (place / "plugins" / name).symlink_to(TOP / "plugins" / name)
    (tmp_path / "ansible.cfg").touch()
    environment = {
        "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path),
        "ANSIBLE_NOCOLOR": "1",
        "STUB_FOLDER": str(tmp_path),
        "PYTHONPATH": "",
    }

    def run(name, inventory, modules, answers, *options):
        actions = {path.name: path for path in (TOP / "plugins" / "action").glob("*.py")}
        # What works on the controller alone is never a stub.
        actions.update((module + ".py", HERE / "stub.py") for module in modules if module not in ON_CONTROLLER)
        for action, source in actions.items():
            link = place / "plugins" / "action" / action
            link.unlink(missing_ok=True)
            link.symlink_to(source)
        (tmp_path / "inventory").write_text(inventory, encoding="utf-8")
        (tmp_path / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
        for written in ("asked", "times"):
            (tmp_path / written).write_text("", encoding="utf-8")
        playbook = name if name.endswith(".yml") else "cri.switchover." + name
        command = [sys.executable, "-m", "ansible.cli.playbook", "-i", str(tmp_path / "inventory"), playbook, *options]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        asked = [json.loads(line) for line in (tmp_path / "asked").read_text(encoding="utf-8").splitlines()]
        return done.returncode, done.stdout, asked

    return run
