"""The QEMU Machine Protocol, as much of it as the lab needs: one command at a time over a unix socket."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from .say import LabError


class Qmp:
    def __init__(self, path: Path, timeout: float = 300):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            raise LabError(f"{path}: {error}") from error
        self._stream = self._socket.makefile("rw")
        self._read("QMP")
        self("qmp_capabilities")

    def __enter__(self) -> Qmp:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _read(self, *wanted: str) -> dict:
        while line := self._stream.readline():
            message = json.loads(line)
            if any(key in message for key in wanted):
                return message
        raise LabError("QEMU closed its control socket")

    def __call__(self, command: str, **arguments: object) -> object:
        self._stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._stream.flush()
        answer = self._read("return", "error")
        if "error" in answer:
            raise LabError(f"QEMU refuses {command}: {answer['error']['desc']}")
        return answer["return"]

    def monitor(self, line: str) -> None:
        """The human monitor says nothing when all is well."""
        answer = str(self("human-monitor-command", **{"command-line": line})).strip()
        if answer:
            raise LabError(f"QEMU refuses {line!r}: {answer}")
