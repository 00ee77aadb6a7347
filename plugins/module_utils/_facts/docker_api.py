# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks Docker's API on its Unix socket."""

import json
import re
import socket

from ansible_collections.cri.switchover.plugins.module_utils._facts import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Tuple

SOCKET = "/var/run/docker.sock"


def get(path: str, timeout: float, socket_path: str = SOCKET) -> "Tuple[int, Any]":
    """(HTTP status, JSON) from Docker's API. Do not ask when dockerd is stopped: its socket would start it.

    HTTP/1.0 is enough: its answers end with the connection. http.client costs a slow machine half a second to import.
    Raises io.NodeError for no answer, or one that is not HTTP or not JSON.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    chunks = []
    try:
        connection.connect(socket_path)
        connection.sendall(("GET %s HTTP/1.0\r\nHost: docker\r\n\r\n" % path).encode("ascii"))
        while True:
            chunk = connection.recv(1 << 16)
            if not chunk:
                break
            chunks.append(chunk)
    except OSError as error:
        raise io.NodeError("Docker's API gave no answer on %s to GET %s: %s" % (socket_path, path, error)) from None
    finally:
        connection.close()
    head, separator, body = b"".join(chunks).partition(b"\r\n\r\n")
    match = re.match(rb"HTTP/1\.\d (\d{3})", head)
    if not match or not separator:
        raise io.NodeError("Docker's API answered GET %s with something that is not HTTP" % path)
    try:
        return int(match.group(1)), json.loads(body.decode("utf-8", "replace") or "null")
    except ValueError as error:
        raise io.NodeError("Docker's API answered GET %s with something that is not JSON: %s" % (path, error)) from None
