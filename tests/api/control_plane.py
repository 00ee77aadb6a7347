# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real etcd, kube-apiserver and kube-controller-manager on loopback, and a scheduler where one is wanted; no nodes.

The programs come from PATH, as `./lab exec` sets it, or from the directory that CRI_SWITCHOVER_BIN names.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

NEEDED = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "openssl")
PATIENCE = 180
TOKENS = {
    "admin": "system:masters",
    # Rights are given by the tests that need them.
    "nobody": "nobodies",
    "reader": "readers",
    "rollout": "rollouts",
}
# The one that counts for evictions; the others would tidy the tests' objects away.
DISRUPTION = ("disruption",)


class Broken(Exception):
    """It cannot be started."""


def binaries() -> dict[str, str]:
    named = os.environ.get("CRI_SWITCHOVER_BIN")
    path = os.pathsep.join(filter(None, [named, os.environ.get("PATH"), "/usr/sbin"]))
    found = {name: shutil.which(name, path=path) for name in NEEDED}
    missing = [name for name in NEEDED if not found[name]]
    if missing:
        raise Broken(f"tests/api lacks {', '.join(missing)}: `./lab exec pytest tests/api` has all")
    return {name: place for name, place in found.items() if place}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ControlPlane:
    def __init__(
        self, directory: pathlib.Path, controllers=DISRUPTION, scheduler: bool = False, apiserver_arguments=()
    ) -> None:
        self.directory = directory
        self.controllers, self.scheduler = controllers, scheduler
        self.apiserver_arguments = list(apiserver_arguments)
        self.programs = binaries()
        self.port = free_port()
        self.etcd_port, self._peer = free_port(), free_port()
        self._running: dict[str, subprocess.Popen] = {}
        self.kubeconfigs = {user: self.kubeconfig(user) for user in TOKENS}

    def __enter__(self) -> ControlPlane:
        try:
            self._prepare()
            self._start("etcd", self._etcd_arguments())
            self.start_apiserver()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for name in reversed(list(self._running)):
            self.kill(name)

    def kubeconfig(self, user: str, port: int | None = None) -> pathlib.Path:
        """A file for that user; with a port, one that leads there, to something that passes it on."""
        path = self.directory / (f"{user}.conf" if port is None else f"{user}-{port}.conf")
        path.touch(mode=0o600)
        server = {
            "server": f"https://127.0.0.1:{port or self.port}",
            "certificate-authority": str(self.directory / "certs" / "apiserver.crt"),
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "clusters": [{"name": "test", "cluster": server}],
            "users": [{"name": user, "user": {"token": f"token-{user}"}}],
        }
        path.write_text(json.dumps(config))
        return path

    def client(self, user: str = "admin", **how) -> Client:
        return Client(str(self.kubeconfigs[user]), env={}, **how)

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()  # nothing here is worth an orderly end
        process.wait()

    def kill_apiserver(self) -> None:
        self.kill("kube-apiserver")

    def start_apiserver(self) -> None:
        """The controllers start anew with it: those that lost it wait up to half a minute before they connect again."""
        self._start("kube-apiserver", self._apiserver_arguments())
        self._wait_ready()
        common = [f"--kubeconfig={self.kubeconfigs['admin']}", "--leader-elect=false", "--secure-port=0"]
        controllers = f"--controllers={','.join(self.controllers)}"
        self._restart("kube-controller-manager", [*common, controllers, "--kube-api-qps=200", "--kube-api-burst=400"])
        if self.scheduler:
            self._restart("kube-scheduler", common)

    def _restart(self, name: str, arguments: list[str]) -> None:
        if name in self._running:
            self.kill(name)
        self._start(name, arguments)

    def _prepare(self) -> None:
        # kubeadm would make this pair too, but not where there is no default route, as in the lab's network.
        for words in (["genrsa", "-out", "sa.key", "2048"], ["rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub"]):
            subprocess.run([self.programs["openssl"], *words], cwd=self.directory, check=True, capture_output=True)
        (self.directory / "tokens.csv").write_text(
            "".join(f"token-{user},{user},{user},{group}\n" for user, group in TOKENS.items())
        )

    def _etcd_arguments(self) -> list[str]:
        return [
            f"--data-dir={self.directory / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{self.etcd_port}",
            f"--advertise-client-urls=http://127.0.0.1:{self.etcd_port}",
            f"--listen-peer-urls=http://127.0.0.1:{self._peer}",
            "--unsafe-no-fsync",
        ]

    def _apiserver_arguments(self) -> list[str]:
        return [
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self.port}",
            f"--cert-dir={self.directory / 'certs'}",
            f"--token-auth-file={self.directory / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.directory / 'sa.pub'}",
            f"--service-account-signing-key-file={self.directory / 'sa.key'}",
            # Nobody makes service accounts here.
            "--disable-admission-plugins=ServiceAccount",
            *self.apiserver_arguments,
        ]

    def _start(self, name: str, arguments: list[str]) -> None:
        with open(self.directory / f"{name}.log", "ab") as output:
            argv = [self.programs[name], *arguments]
            self._running[name] = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                # The apiserver itself makes these at its start.
                for namespace in ("default", "kube-system", "kube-node-lease"):
                    self.client(attempts=1).get(f"/api/v1/namespaces/{namespace}")
                return
            except KubeError as exc:
                trouble = exc
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise Broken(f"{name} ended:\n{(self.directory / f'{name}.log').read_text()[-3000:]}")
            if time.monotonic() > deadline:
                raise Broken(f"kube-apiserver is not ready after {PATIENCE} s: {trouble}")
            time.sleep(0.3)
