"""The process that runs a playbook, as a task of it reports it: not that of the task, which ends with it."""

import json
import os
import subprocess
import sys

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common import process


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc")
def test_it_is_the_playbook_and_not_a_task(tmp_path):
    tasks = [
        {
            "ansible.builtin.set_fact": {"run": {"process": "{{ lookup('cri.switchover.run_process') }}"}},
            "delegate_to": "localhost",
            "delegate_facts": True,
            "run_once": True,
        },
        {"ansible.builtin.debug": {"msg": "process: {{ hostvars['localhost'].run.process }} !"}, "run_once": True},
    ]
    play = tmp_path / "play.json"
    play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    collections = [path for path in sys.path if os.path.isdir(os.path.join(path, "ansible_collections", "cri"))]
    environment = {"ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(collections), "ANSIBLE_NOCOLOR": "1"}
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", "a,b,", "-c", "local", str(play)]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as playbook:
        output = playbook.communicate()[0]
    assert playbook.returncode == 0, output
    identity = output.partition("process: ")[2].partition(" !")[0]
    assert identity.split("/")[-2] == str(playbook.pid)
    assert process.has_ended(identity)
