# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker as one side of a transfer of images: its API, its command, and how a stopped Docker is started for a while.

Private to this collection: there is no promise that it stays as it is.
"""

import contextlib

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import TransferError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import Work

UNITS = ("docker.socket", "docker.service")
STOP_SECONDS = 180


class DockerSide:
    """``reason``: the token of its failures, CRI-IMAGES-SOURCE or CRI-IMAGES-TARGET."""

    def __init__(self, work: "Work", reason: str) -> None:
        self.work, self.reason = work, reason

    @staticmethod
    def command(*words: str) -> "List[str]":
        """The command line `docker WORDS`."""
        return ["docker", "--host", "unix://" + io.DOCKER_SOCKET] + list(words)

    @staticmethod
    def runs() -> bool:
        """Whether dockerd runs. A request to its socket would start it."""
        return bool(io.processes(("dockerd",))["dockerd"])

    def inspect(self, name: str) -> "Optional[Dict[str, Any]]":
        """{id, size, local_only} of an image, or None. The size is in bytes."""
        try:
            status, image = io.docker_get("/images/%s/json" % name, min(60, self.work.time_left()))
        except io.NodeError as error:
            raise TransferError(self.reason, str(error)) from None
        if status == 404:
            return None
        if status != 200:
            raise TransferError(self.reason, "Docker's API answered %d for %s: %s" % (status, name, image))
        return {"id": image["Id"], "size": image["Size"], "local_only": not image.get("RepoDigests")}

    def data_root(self) -> str:
        """The directory that holds Docker's data."""
        try:
            return io.docker_get("/info", min(60, self.work.time_left()))[1]["DockerRootDir"]
        except (io.NodeError, KeyError, TypeError) as error:
            raise TransferError(self.reason, str(error)) from None

    @contextlib.contextmanager
    def running(self) -> "Iterator[bool]":
        """Whether Docker answers. A stopped one runs as long as this takes: only Docker knows which images it has."""
        if self.runs():
            yield True
        elif self.work.check_mode:
            yield False
        else:
            states = self.work.command(["systemctl", "is-active"] + list(UNITS), self.reason, may_fail=True)
            units = [unit for unit, state in zip(UNITS, states.split()) if state != "active"]
            try:
                self.work.command(["systemctl", "start", "docker.service"], self.reason)
                yield True
            finally:
                self._stop(units)

    def _stop(self, units: "List[str]") -> None:
        """A Docker that keeps running harms nobody: a warning, no failure."""
        for unit in units:
            try:
                code, _output, errors = io.run(["systemctl", "stop", unit], STOP_SECONDS)
            except io.NodeError as error:
                code, errors = 1, str(error)
            # there need not be a socket unit
            if code and unit == "docker.service":
                self.work.warnings.append(
                    "Docker was started to take images, and does not stop: %s" % errors.strip()[-300:]
                )
