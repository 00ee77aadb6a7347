# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transfer of images between Docker and another runtime: what both directions share.

Private to this collection: there is no promise that it stays as it is.
"""

import os
import time

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import sizes
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.docker_side import DockerSide
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.names import full_name
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import TransferError, Work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Mapping, Sequence, Set, Tuple

    Images = Dict[str, Dict[str, Any]]
    # The name of a command for messages, and its command line.
    End = Tuple[str, List[str]]


class Transfer:
    """One direction between two runtimes. The direction decides whose failure is one of the source."""

    of_docker, of_other = "CRI-IMAGES-SOURCE", "CRI-IMAGES-TARGET"
    # Where the other runtime has its data, if nothing is told.
    default_store = "/var/lib/containerd"

    def __init__(self, params: "Dict[str, Any]", check_mode: bool) -> None:
        self.work = Work(params, check_mode)
        self.docker = DockerSide(self.work, self.of_docker)
        self.params, self.check_mode = params, check_mode
        self.references = list(params["images"]) + ([params["pause_image"]] if params["pause_image"] else [])
        self.store = params["store"] or self.default_store

    def run(self) -> "Dict[str, Any]":
        """The result of the module image_transfer. Raises TransferError."""
        try:
            names = {full_name(reference)[0] for reference in self.references}
        except ValueError as error:
            raise TransferError("CRI-IMAGES-INPUT", str(error)) from None
        self._transfer(names)
        result = self.work.result
        result["seconds"] = round(time.time() - self.work.began, 1)
        result["changed"] = any(result[key] for key in ("transferred", "pulled", "pinned"))
        return result

    def _transfer(self, names: "Set[str]") -> None:
        raise NotImplementedError

    def _stream(self, names: "List[str]") -> None:
        """Copies the images."""
        raise NotImplementedError

    def _check_disk(self, names: "Sequence[str]", amounts: "List[Tuple[str, int]]") -> None:
        """amounts: [(folder, bytes that it takes)], the folder of the target first. Raises CRI-IMAGES-DISK."""
        needed: "Dict[int, int]" = {}
        free: "Dict[int, int]" = {}
        paths: "Dict[int, List[str]]" = {}
        for path, amount in amounts:
            existing = path
            while not os.path.exists(existing):
                existing = os.path.dirname(existing)
            device = os.stat(existing).st_dev
            needed[device] = needed.get(device, 0) + amount
            stat = os.statvfs(existing)
            free[device] = stat.f_bavail * stat.f_frsize
            paths.setdefault(device, []).append(path)
        reserve = self.params["reserve"]
        for device, amount in needed.items():
            if amount + reserve > free[device]:
                where = " and ".join(paths[device])
                raise TransferError(
                    "CRI-IMAGES-DISK",
                    "%d images need %d bytes on the disk of %s, where %d are free and %d must stay free: free some "
                    "space (docker image prune), or mount a larger disk at %s"
                    % (len(names), amount, where, free[device], reserve, amounts[0][0]),
                    needed=amount,
                    free=free[device],
                    reserve=reserve,
                    paths=paths[device],
                    images=names,
                )

    def _carry(self, names: "Sequence[str]", source: "Images") -> None:
        """Copies the images, some at a time, and notes it in the result."""
        for group in sizes.streams(names, source):
            began = time.time()
            if not self.check_mode:
                self._stream(group)
            seconds = round(time.time() - began, 1)
            for name in group:
                self.work.result["transferred"].append(
                    {"reference": name, "bytes": source[name]["size"], "seconds": seconds}
                )
            self.work.result["bytes"] += sizes.sum_of(group, source)

    def _pipe(self, names: "List[str]", give: "End", take: "End") -> None:
        """give | take. Raises TransferError."""
        try:
            ends = io.pipe(give[1], take[1], self.work.time_left())
        except io.NodeTimeout:
            raise self.work.too_late(names) from None
        except io.NodeError as error:
            raise TransferError("CRI-IMAGES-TRANSFER", str(error), images=names) from None
        if any(code for code, _errors in ends):
            (gave, give_errors), (took, take_errors) = ends
            raise TransferError(
                "CRI-IMAGES-TRANSFER",
                "the transfer of %s failed: %s ended with %d (%s), %s with %d (%s); "
                "what has arrived stays, run it again"
                % (", ".join(names), give[0], gave, give_errors or "silent", take[0], took, take_errors or "silent"),
                images=names,
                **{
                    give[1][0]: {"rc": gave, "stderr": give_errors},
                    take[1][0]: {"rc": took, "stderr": take_errors},
                },
            )

    def _pull(self, names: "Sequence[str]", command: "Callable[[str], List[str]]") -> None:
        """command(name): the command line that has the target pull it. What cannot be pulled is missing."""
        for name in names:
            if not self.check_mode:
                try:
                    self.work.command(command(name), "CRI-IMAGES-PULL")
                except TransferError as error:
                    if error.reason != "CRI-IMAGES-PULL":
                        raise
                    self._miss(name, str(error), True)
                    continue
            self.work.result["pulled"].append(name)

    def _miss(self, name: str, why: str, in_source: bool) -> None:
        self.work.result["missing"].append({"reference": name, "why": why, "in_source": in_source})

    def _fail_verification(
        self, how: str, absent: "List[str]", wanted: "Mapping[str, Any]", seen: "Mapping[str, Any]"
    ) -> None:
        raise TransferError(
            "CRI-IMAGES-VERIFY",
            "%s these images whole, with the image id of the source: %s" % (how, ", ".join(absent)),
            images=absent,
            wanted=wanted,
            seen=seen,
        )
