"""A new runtime, check, Docker setting, kubelet release or operator's setting is one file, or one row, and no more.

Each is added to a copy of the checkout. Then the real code of the copy knows it.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
UNIT = "ansible_collections.cri.switchover.plugins."

RUNTIME = '''\
"""A runtime that exists for a test only."""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import NOTE, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import V1
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime


class Example(Runtime):
    name = process = "example"
    title = "Example"
    version_prefix = "example://"
    unit = "example.service"
    socket = "unix:///run/example/example.sock"
    socket_words = ("example",)
    is_target = True
    plan_token = "CRI-EXAMPLE-PLAN"
    store = "/var/lib/example"
    store_title = "Example's storage"

    def read(self, node, part):
        part.update(installed=True, version="3.1.4", unit=node.unit(self.unit).get("LoadState"))

    def store_of(self, part):
        return self.store

    def version(self, info):
        return info["example"]["version"], True

    def cri_versions(self, release):
        return frozenset((V1,))

    def missing_packages(self, info):
        return []

    def findings(self, node, info):
        yield finding(NOTE, "CRI-PF-EXAMPLE", node, "Example is a test", "nothing to do")

    def plan(self, info):
        settings = {"version": "3.1.4", "root": self.store, "pause_image": "pause:1", "handlers": [{"name": "runc"}]}
        files = [("/etc/example.conf", "root = %s\\n" % self.store)]
        return dict(self.common_plan(info, settings, files), validate=[])

    def misread(self, printed, settings):
        return []
'''
ROLE = """\
---
- name: Stage Example
  ansible.builtin.include_role:
    name: cri.switchover.target_runtime
  vars:
    target_runtime_name: example
    target_runtime_info: "{{ target_info }}"
"""
CHECK = '''\
"""A check that exists for a test only."""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import NOTE, finding
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import EVERY, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Findings

WHEN = EVERY


def check(case: Case) -> Findings:
    yield finding(NOTE, "CRI-PF-FROM-A-TEST", case.host, "this check was found", "nothing to do")
'''


@pytest.fixture
def checkout(tmp_path):
    """A copy of the checkout, as Ansible finds a collection."""
    place = tmp_path / "ansible_collections" / "cri" / "switchover"
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=TOP,
        check=True,
        capture_output=True,
    ).stdout.decode()
    for name in filter(None, files.split("\0")):
        if (TOP / name).is_file() and not name.startswith("tests/lab/components/"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes((TOP / name).read_bytes())
    (place / "collections" / "ansible_collections" / "cri").mkdir(parents=True, exist_ok=True)
    link = place / "collections" / "ansible_collections" / "cri" / "switchover"
    if not link.exists():
        link.symlink_to("../../..")
    return place


def insert(path, before, text):
    """Puts text before the first line that matches."""
    content = path.read_text(encoding="utf-8")
    found = re.search(before, content, re.M)
    assert found, (path, before)
    path.write_text(content[: found.start()] + text + content[found.start() :], encoding="utf-8")


def run(checkout, *command):
    root = checkout.parents[2]
    environment = dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(root), PYTHONPATH=str(root), ANSIBLE_NOCOLOR="1")
    environment["ANSIBLE_CONFIG"] = str(root / "ansible.cfg")
    (root / "ansible.cfg").touch()
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def generated(checkout):
    return run(checkout, sys.executable, "tests/generate.py")


def python(checkout, text):
    return json.loads(run(checkout, sys.executable, "-c", "import json\n" + text))


def test_a_runtime_is_one_file_one_line_and_one_role(checkout):
    runtimes = checkout / "plugins" / "module_utils" / "_runtimes"
    (runtimes / "example.py").write_text(RUNTIME, encoding="utf-8")
    package = UNIT + "module_utils._runtimes"
    insert(runtimes / "registry.py", r"^TYPE_CHECKING", f"from {package}.example import Example\n\n")
    insert(runtimes / "registry.py", r"^    Crio\(\),", "    Example(),\n")
    (checkout / "roles" / "target_example" / "tasks").mkdir(parents=True)
    (checkout / "roles" / "target_example" / "tasks" / "main.yml").write_text(ROLE, encoding="utf-8")
    assert "docs/settings.md" in generated(checkout)
    assert "example" in (checkout / "docs" / "settings.md").read_text(encoding="utf-8")
    assert "CRI-PF-EXAMPLE" in (checkout / "docs" / "errors.md").read_text(encoding="utf-8")

    # Through AnsiballZ: what is not imported by name would not be there.
    seen = run(
        checkout, sys.executable, "-m", "ansible.cli.adhoc", "localhost", "-c", "local", "-i", "localhost,", "-o",
        "-e", f"ansible_python_interpreter={sys.executable}",
        "-m", "cri.switchover.node_runtime_info", "-a", "target=example images=false",
    )  # fmt: skip
    info = json.loads(seen[seen.index("{") :])["runtime_info"]
    assert info["example"]["version"] == "3.1.4" and info["disk"]["example"]["path"] == "/var/lib/example"

    node = json.loads(
        (checkout / "tests/unit/plugins/plugin_utils/preflight/lab_node.json").read_text(encoding="utf-8")
    )
    node = dict(node.get("info", node), example={"version": "3.1.4", "installed": True})
    (checkout / "node.json").write_text(json.dumps(node), encoding="utf-8")
    found = python(
        checkout,
        f"""
from {UNIT}plugin_utils.preflight import judge
from {UNIT}plugin_utils.settings import errors
node = json.load(open("node.json"))
found = judge.judge("n1", node, {{"reachable": False}}, {{"target": "example"}})
wrong = errors.errors({{"switchover_target": "example"}})
print(json.dumps([list(item.values())[1:4] for item in found] + wrong))
""",
    )
    tokens = [item[0] for item in found]
    assert "CRI-PF-EXAMPLE" in tokens and not any(token.startswith("CRI-SETTINGS") for token in tokens)
    assert not any("containerd" in item[2] or "CRI-O" in item[2] for item in found if item[0] == "CRI-PF-VERSIONS")

    (checkout / "stage.yml").write_text(
        """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: cri.switchover.target_example
      vars:
        target_info: "{{ lookup('ansible.builtin.file', playbook_dir ~ '/node.json') | from_json }}"
    - ansible.builtin.debug:
        msg: "PLAN {{ __plan.runtime }} {{ __plan.files[0].path }} {{ __plan.socket }}"
      vars:
        __plan: "{{ target_runtime_result }}"
""",
        encoding="utf-8",
    )
    interpreter = f"ansible_python_interpreter={sys.executable}"
    shown = run(
        checkout, sys.executable, "-m", "ansible.cli.playbook", "--check", "-i", "localhost,", "-c", "local",
        "-e", interpreter, "stage.yml",
    )  # fmt: skip
    assert "PLAN example /etc/example.conf unix:///run/example/example.sock" in shown


def test_a_check_is_one_file(checkout):
    checks = checkout / "plugins" / "plugin_utils" / "preflight" / "checks"
    (checks / "from_a_test.py").write_text(CHECK, encoding="utf-8")
    assert "docs/errors.md" in generated(checkout)
    assert "### CRI-PF-FROM-A-TEST (note)" in (checkout / "docs" / "errors.md").read_text(encoding="utf-8")
    found = python(
        checkout,
        f"""
from {UNIT}plugin_utils.preflight import judge
found = judge.judge("n1", {{"runtime": {{"in_use": "docker"}}}}, {{"reachable": False}}, {{}})
print(json.dumps([list(item.values())[1] for item in found]))
""",
    )
    assert "CRI-PF-FROM-A-TEST" in found
