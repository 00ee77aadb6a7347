"""The lookup setting, as Ansible calls it."""

import json
import os
import subprocess
import sys

VARIABLES = {
    # as surveys and -e give it
    "switchover_only": "b, a",
    "switchover_drain_skip_namespaces": '["a",\n\t"b "]',
    # As an INI inventory makes it of text.
    "switchover_context": 1234,
    "switchover_containerd_root": "/data//c/",
    "switchover_batches": "1,25%",
    "switchover_watchdog": "",
    "switchover_drain_wait_volumes": "false",
    "switchover_recheck_delay": 0,
    "switchover_target": "{{ 'crio' if inventory_hostname == 'b' else 'containerd' }}",
    "switchover_gates": '[{"name": "x", "query": "a", "expect": "8"}]',
}
READ = {
    "switchover_only": ["b", "a"],
    "switchover_drain_skip_namespaces": ["a", "b"],
    "switchover_context": "1234",
    "switchover_containerd_root": "/data/c",
    "switchover_batches": [1, "25%"],
    "switchover_watchdog": 600,
    "switchover_verify_timeout": 300,
    "switchover_drain_wait_volumes": False,
    "switchover_recheck_delay": 0,
    "switchover_target": "crio",
    "switchover_gates": [{"name": "x", "query": "a", "expect": "8"}],
    "switchover_drain_grace": "",
}


def setting(name):
    return "{{ lookup('cri.switchover.setting', '%s') }}" % name


def play(tmp_path, variables, expressions):
    """(exit code, output, {name: value}) of a play whose hosts, too, are read from a setting."""
    path = tmp_path / "play.json"
    tasks = [
        {
            "ansible.builtin.copy": {"dest": str(tmp_path / "read"), "content": "{{ read | to_json }}"},
            "vars": {"read": expressions},
        }
    ]
    path.write_text(
        json.dumps([{"hosts": setting("switchover_node_group"), "gather_facts": False, "tasks": tasks}]),
        encoding="utf-8",
    )
    (tmp_path / "inventory").write_text("[kube_node]\nb ansible_connection=local\n", encoding="utf-8")
    collections = [path for path in sys.path if os.path.isdir(os.path.join(path, "ansible_collections", "cri"))]
    environment = {"ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(collections), "ANSIBLE_NOCOLOR": "1"}
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", str(tmp_path / "inventory"), str(path)]
    done = subprocess.run(
        [*command, "-e", json.dumps(variables), "-e", f"ansible_python_interpreter={sys.executable}"],
        cwd=tmp_path,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    read = tmp_path / "read"
    return done.returncode, done.stdout, json.loads(read.read_text(encoding="utf-8")) if read.exists() else None


def test_a_value_has_its_own_type_and_else_its_default(tmp_path):
    code, output, read = play(tmp_path, VARIABLES, {name: setting(name) for name in READ})
    assert code == 0, output
    # Before ansible-core 2.19, a template that gives a number gives its text.
    assert {
        name: type(READ[name])(value) if isinstance(READ[name], int) else value for name, value in read.items()
    } == READ


def test_an_error_names_all_that_is_wrong(tmp_path):
    wrong = {"switchover_target": "podman", "switchover_watchdog": "5m", "switchover_tarjet": "x"}
    code, output, read = play(tmp_path, wrong, {"x": setting("switchover_watchdog")})
    assert code != 0 and read is None
    assert "switchover_target is 'podman'" in output and "did you mean switchover_target?" in output
    assert "CRI-SETTINGS-VALUE: switchover_watchdog is '5m', wanted: a whole number of seconds" in output


def test_there_must_be_such_a_setting(tmp_path):
    code, output, _read = play(tmp_path, {}, {"x": setting("switchover_x")})
    assert code != 0 and "wanted: the name of one setting of this collection, not switchover_x" in output
