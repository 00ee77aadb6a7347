# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real control plane without any node: nodes and pods are objects, and a small kubelet of our own does to them what a
kubelet does as far as the API can see it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from control_plane import Broken, ControlPlane  # noqa: E402
from fakes import Cluster  # noqa: E402

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def apiserver(tmp_path_factory):
    try:
        with ControlPlane(tmp_path_factory.mktemp("api")) as started:
            yield started
    except Broken as exc:
        pytest.exit(str(exc), returncode=3)


@pytest.fixture
def kubeconfigs(apiserver):
    """{user: kubeconfig}"""
    return apiserver.kubeconfigs


@pytest.fixture
def cluster(kubeconfigs):
    with Cluster(Client(str(kubeconfigs["admin"]), env={})) as made:
        yield made


class Outcome(dict):
    """What a module returned; `failed` is there even when it did not say so. `output`: what the play printed."""

    output = ""

    @property
    def failed(self) -> bool:
        return bool(self.get("failed"))


def _environment(given: dict | None) -> dict:
    """Of the credentials that this process may have, a module gets only what a test gives it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "KUBE"))}
    return {**kept, "ANSIBLE_LOCALHOST_WARNING": "0", **(given or {})}


MODULE = """
import importlib, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.stdin.buffer.read(), "legacy"
importlib.import_module("ansible_collections.cri.switchover.plugins.modules." + sys.argv[1]).main()
"""


def run_module(module_name: str, arguments: dict, check=False, env: dict | None = None) -> Outcome:
    arguments = {**arguments, "_ansible_check_mode": check, "_ansible_diff": True}
    path = os.pathsep.join([str(ROOT / "collections"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", MODULE, module_name],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={**_environment(env), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.stdout.startswith("\n{") or done.stdout.startswith("{"), f"{module_name}: {done.stderr}"
    return Outcome(json.loads(done.stdout))


@pytest.fixture
def module(kubeconfigs):
    """Run a module in a process of its own, as Ansible does, but without the seconds that Ansible itself takes."""

    def run(module_name: str, user: str | None = "admin", check=False, env: dict | None = None, **arguments) -> Outcome:
        if user:
            arguments.setdefault("kubeconfig", str(kubeconfigs[user]))
        return run_module(module_name, arguments, check, env)

    return run


@pytest.fixture
def task(kubeconfigs, tmp_path):
    """Run a module as a user does, by a task of a playbook, and see what the task registers."""

    def run(module_name: str, check=False, env: dict | None = None, **arguments) -> Outcome:
        arguments.setdefault("kubeconfig", str(kubeconfigs["admin"]))
        outcome, play = tmp_path / "outcome.json", tmp_path / "play.json"
        outcome.unlink(missing_ok=True)
        keep = {"content": "{{ answer | to_json }}", "dest": str(outcome), "mode": "0600"}
        tasks = [
            {f"cri.switchover.{module_name}": arguments, "register": "answer", "ignore_errors": True},
            {"ansible.builtin.copy": keep, "check_mode": False},
        ]
        play.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        argv = [
            os.path.join(os.path.dirname(sys.executable), "ansible-playbook"),
            f"--extra-vars=ansible_python_interpreter={sys.executable}",
            str(play),
            *(["--check"] if check else []),
        ]
        done = subprocess.run(argv, env=_environment(env), cwd=ROOT, capture_output=True, text=True, timeout=180)
        assert outcome.exists(), f"{argv} left no outcome:\n{done.stdout}\n{done.stderr}"
        answer = Outcome(json.loads(outcome.read_text()))
        answer.output = done.stdout
        return answer

    return run
