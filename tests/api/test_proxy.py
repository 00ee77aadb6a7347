# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the controller cannot reach the API itself: by a proxy that a kubeconfig, or the environment, names."""

from __future__ import annotations

import json
import select
import socket
import threading

import pytest
from drains import REPLICAS, cordoned, drain, names
from fakes import Kubelet


class Proxy(threading.Thread):
    """Of HTTP's CONNECT only; remembers where it was asked to go."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self._listening.getsockname()[1]

    def run(self) -> None:
        while True:
            threading.Thread(target=self._serve, args=(self._listening.accept()[0],), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        method, target, _version = head.split(b"\r\n")[0].decode().split()
        assert method == "CONNECT"
        self.asked.append(target)
        host, _colon, port = target.rpartition(":")
        with client, socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    (server if ready is client else client).sendall(data)


@pytest.mark.parametrize("by", ["kubeconfig", "environment"])
def test_a_drain_by_a_proxy(cluster, apiserver, module, tmp_path, by):
    proxy = Proxy()
    proxy.start()
    config = json.loads(apiserver.kubeconfigs["admin"].read_text())
    env = {"K8S_AUTH_PROXY": proxy.url} if by == "environment" else {}
    if by == "kubeconfig":
        config["clusters"][0]["cluster"]["proxy-url"] = proxy.url
    named = tmp_path / "proxied.conf"
    named.touch(mode=0o600)
    named.write_text(json.dumps(config))
    # Of a kubeconfig that is named by an option, the environment changes nothing.
    given = {"env": {**env, "K8S_AUTH_KUBECONFIG": str(named)}, "user": None}
    cluster.node("n1")
    cluster.pod("web-1", "n1", REPLICAS)
    with Kubelet(cluster.client, "n1"):
        assert names(drain(module, **given)["evicted"]) == ["web-1"]
    assert cordoned(cluster) and set(proxy.asked) == {f"127.0.0.1:{apiserver.port}"}
