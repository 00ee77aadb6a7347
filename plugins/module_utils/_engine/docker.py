# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker, by its socket: a client command would cost a process each time."""

import contextlib
import json
import socket

from .errors import Failure
from .names import SMOKE_LABEL
from .sockets import read_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Set, Tuple

    from .node import Node

DOCKER_SOCKET = "/var/run/docker.sock"


class Docker(object):
    """Docker's API as far as a switch and a revert need it. Entries are those of its list of containers."""

    def __init__(self, node: "Node") -> None:
        self.node = node

    def request(self, method: str, path: str, timeout: float = 30, data: "Any" = None) -> "Tuple[int, Any]":
        """(status, decoded answer) of one request; timeout in seconds, data: the body, as JSON.

        Raises Failure where Docker does not answer, or ends in the middle of its answer.
        """
        body = b"" if data is None else json.dumps(data).encode("utf-8")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(timeout)
            try:
                connection.connect(self.node.path(DOCKER_SOCKET))
                head = "%s %s HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                connection.sendall((head % (method, path, len(body))).encode("ascii") + body)
                answer = read_all(connection)
            except (OSError, socket.timeout) as exc:
                raise Failure(
                    "CRI-DOCKER-API", "Docker does not answer %s %s: %s" % (method, path.split("?")[0], exc)
                ) from exc
        said = answer.partition(b"\r\n\r\n")[2]
        try:
            return int(answer.split(None, 2)[1]), json.loads(said.decode("utf-8")) if said.strip() else None
        except (ValueError, IndexError) as exc:
            # It died in the middle.
            raise Failure(
                "CRI-DOCKER-API", "Docker's answer to %s %s is no whole one" % (method, path.split("?")[0])
            ) from exc

    def kubernetes(self) -> "List[Dict[str, Any]]":
        """Docker's list of the containers and sandboxes that kubelet made, whatever their state."""
        return self.labelled("io.kubernetes.pod.uid")

    def kubernetes_if_it_answers(self) -> "List[Dict[str, Any]]":
        """As kubernetes(); nothing where Docker does not answer."""
        try:
            return self.kubernetes()
        except Failure:
            return []

    def labelled(self, label: str) -> "List[Dict[str, Any]]":
        """The entries with this label, whatever their state."""
        query = "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22" + label.replace("/", "%2F") + "%22%5D%7D"
        status, listed = self.request("GET", query)
        if status != 200 or listed is None:
            raise Failure("CRI-DOCKER-API", "Docker answers %s to a list of containers" % status)
        return listed

    def stop(self, identifier: str, grace: int) -> None:
        """Stop a container, with so many seconds before it is killed. One that is gone, or stopped, is no failure."""
        status, answer = self.request("POST", "/containers/%s/stop?t=%d" % (identifier, grace), timeout=grace + 30)
        if status not in (204, 304, 404):
            raise Failure(
                "CRI-DOCKER-STOP",
                "Docker answers %s to stopping %s: %s" % (status, identifier[:12], (answer or {}).get("message")),
            )

    def pid(self, identifier: str) -> int:
        """The process of a container; 0: it does not run."""
        status, answer = self.request("GET", "/containers/%s/json" % identifier)
        return answer["State"]["Pid"] if status == 200 and answer else 0

    def remove_smoke(self) -> None:
        """What a verification that was interrupted has left."""
        for entry in self.labelled(SMOKE_LABEL):
            self.request("DELETE", "/containers/%s?force=1" % entry["Id"], timeout=60)

    def smoke(self, image: str) -> None:
        """Docker, and the containerd below it, can start a container of this image. Raises Failure: they cannot."""
        self.remove_smoke()
        status, made = self.request(
            "POST",
            "/containers/create",
            data={"Image": image, "HostConfig": {"NetworkMode": "none"}, "Labels": {SMOKE_LABEL: "revert"}},
        )
        if status != 201 or not made:
            raise Failure(
                "CRI-DOCKER-SMOKE",
                "Docker answers %s to creating a container of %s: %s" % (status, image, (made or {}).get("message")),
                image=image,
            )
        try:
            status, answer = self.request("POST", "/containers/%s/start" % made["Id"], timeout=60)
            running = status == 204 and self.pid(made["Id"]) > 0
        finally:
            self.request("DELETE", "/containers/%s?force=1" % made["Id"], timeout=60)
        if not running:
            raise Failure(
                "CRI-DOCKER-SMOKE",
                "Docker cannot run %s: %s" % (image, (answer or {}).get("message") or "it does not stay"),
                image=image,
            )


def broken_checkpoints(texts: "Dict[str, str]", sandboxes: "Optional[Set[str]]") -> "List[str]":
    """Names of the shim's checkpoints that would jam it: unreadable, or of a sandbox that Docker no longer has.

    texts: {name: content}; sandboxes: ids that Docker knows, None where it cannot be asked. Source: kubernetes
    #43021, #55620.
    """
    found = []
    for name in sorted(texts):
        try:
            whole = isinstance(json.loads(texts[name]), dict)
        except ValueError:
            whole = False
        if not whole or (sandboxes is not None and name not in sandboxes):
            found.append(name)
    return found
