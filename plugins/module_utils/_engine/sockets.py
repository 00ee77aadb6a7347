# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading from a socket until the other side has said all."""

import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List


def read_all(connection: "socket.socket") -> bytes:
    """All that comes until the connection is closed; OSError, or socket.timeout, as recv() raises it."""
    parts: "List[bytes]" = []
    while True:
        part = connection.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)
