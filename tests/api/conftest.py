# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real etcd and kube-apiserver on loopback, without any node: nodes and pods are objects, and a small kubelet of our
own does to them what a kubelet does as far as the API can see it.

The programs come from PATH, as `./lab exec` sets it, or from the directory that CRI_SWITCHOVER_BIN names.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from ansible_collections.cri.switchover.plugins.module_utils._kube import Client, KubeError  # noqa: E402
from fakes import Cluster  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEEDED = ("etcd", "kube-apiserver", "kube-controller-manager", "openssl")
START_PATIENCE = 90
TOKENS = {
    "admin": "system:masters",
    # Rights are given by the tests that need them.
    "nobody": "nobodies",
    "reader": "readers",
}


def _binaries() -> dict[str, str]:
    named = os.environ.get("CRI_SWITCHOVER_BIN")
    path = os.pathsep.join(filter(None, [named, os.environ.get("PATH"), "/usr/sbin"]))
    found = {name: shutil.which(name, path=path) for name in NEEDED}
    missing = [name for name in NEEDED if not found[name]]
    if missing:
        pytest.exit(f"tests/api lacks {', '.join(missing)}: `./lab exec pytest tests/api` has all", returncode=3)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _kubeconfig(directory: pathlib.Path, user: str, port: int) -> pathlib.Path:
    path = directory / f"{user}.conf"
    path.touch(mode=0o600)
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
                "clusters": [
                    {
                        "name": "test",
                        "cluster": {
                            "server": f"https://127.0.0.1:{port}",
                            "certificate-authority": str(directory / "certs" / "apiserver.crt"),
                        },
                    }
                ],
                "users": [{"name": user, "user": {"token": f"token-{user}"}}],
            }
        )
    )
    return path


@pytest.fixture(scope="session")
def apiserver(tmp_path_factory):
    """Yields {user: kubeconfig}."""
    binaries = _binaries()
    directory = tmp_path_factory.mktemp("api")
    etcd, peer, secure = _free_port(), _free_port(), _free_port()
    # kubeadm would make this pair too, but not where there is no default route, as in the lab's network.
    for words in (["genrsa", "-out", "sa.key", "2048"], ["rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub"]):
        subprocess.run([binaries["openssl"], *words], cwd=directory, check=True, capture_output=True)
    (directory / "tokens.csv").write_text(
        "".join(f"token-{user},{user},{user},{group}\n" for user, group in TOKENS.items())
    )
    kubeconfigs = {user: _kubeconfig(directory, user, secure) for user in TOKENS}
    commands = [
        [
            binaries["etcd"],
            f"--data-dir={directory / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{etcd}",
            f"--advertise-client-urls=http://127.0.0.1:{etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
        ],
        [
            binaries["kube-apiserver"],
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={secure}",
            f"--cert-dir={directory / 'certs'}",
            f"--token-auth-file={directory / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={directory / 'sa.pub'}",
            f"--service-account-signing-key-file={directory / 'sa.key'}",
            # Nobody makes service accounts here.
            "--disable-admission-plugins=ServiceAccount",
        ],
        [
            binaries["kube-controller-manager"],
            f"--kubeconfig={kubeconfigs['admin']}",
            "--leader-elect=false",
            "--secure-port=0",
            # The one that counts for evictions; the others would tidy our objects away.
            "--controllers=disruption",
        ],
    ]
    started = []
    try:
        for argv in commands[:2]:
            started.append(_start(argv, directory))
        _wait_ready(kubeconfigs["admin"], started)
        started.append(_start(commands[2], directory))
        yield kubeconfigs
    finally:
        for process in reversed(started):
            process.kill()  # nothing here is worth an orderly end
            process.wait()


def _start(argv: list[str], directory: pathlib.Path) -> subprocess.Popen:
    log = directory / f"{os.path.basename(argv[0])}.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT)
    process.log = log
    return process


def _wait_ready(kubeconfig: pathlib.Path, started: list[subprocess.Popen]) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while True:
        try:
            # The apiserver itself makes these at its start.
            for namespace in ("default", "kube-system", "kube-node-lease"):
                Client(str(kubeconfig), env={}, attempts=1).get(f"/api/v1/namespaces/{namespace}")
            return
        except KubeError as exc:
            trouble = exc
        for process in started:
            if process.poll() is not None:
                pytest.exit(f"{process.args[0]} ended:\n{process.log.read_text()[-3000:]}", returncode=3)
        if time.monotonic() > deadline:
            pytest.exit(f"kube-apiserver is not ready after {START_PATIENCE} s: {trouble}", returncode=3)
        time.sleep(0.3)


@pytest.fixture
def kubeconfigs(apiserver):
    return apiserver


@pytest.fixture
def cluster(kubeconfigs):
    with Cluster(Client(str(kubeconfigs["admin"]), env={})) as made:
        yield made


class Outcome(dict):
    """What a module returned; `failed` is there even when it did not say so."""

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


@pytest.fixture
def module(kubeconfigs):
    """Run a module in a process of its own, as Ansible does, but without the seconds that Ansible itself takes."""

    def run(module_name: str, user: str | None = "admin", check=False, env: dict | None = None, **arguments) -> Outcome:
        if user:
            arguments.setdefault("kubeconfig", str(kubeconfigs[user]))
        arguments.update(_ansible_check_mode=check, _ansible_diff=True)
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
        return Outcome(json.loads(outcome.read_text()))

    return run
