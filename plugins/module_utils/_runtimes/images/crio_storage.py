# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O's storage as one side of a transfer of images: a folder with lists, which skopeo writes and reads.

CRI-O need not run. Private to this collection: there is no promise that it stays as it is.
"""

import json
import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_config import DRIVER, RUN_ROOT
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import lists
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import TransferError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import Work

# Commands that run at the same time.
SIDE_BY_SIDE = 4


class CrioStorage:
    """``folder``: where the storage is; ``reason``: the token of its failures, CRI-IMAGES-SOURCE or -TARGET."""

    def __init__(self, work: "Work", folder: str, reason: str) -> None:
        self.work, self.folder, self.reason = work, folder, reason

    def place(self, name: str) -> str:
        """An image in this storage, as skopeo calls it."""
        return "containers-storage:[%s@%s+%s]%s" % (DRIVER, self.folder, RUN_ROOT, name)

    def images(self) -> "Dict[str, Dict[str, Any]]":
        """{name: {id, digests, whole, size, unpacked}}, read from files.

        skopeo lists no storage, and each start of it takes half a second on a slow machine.
        """
        if not self.work.check_mode and io.which("skopeo") is None:
            raise TransferError(self.reason, "there is no skopeo on this node: install it, it knows CRI-O's storage")
        texts = [
            io.read_text(os.path.join(self.folder, DRIVER + "-" + kind, kind + ".json"), 1 << 26)
            for kind in ("images", "layers")
        ]
        try:
            return lists.parse_store(*texts)
        except ValueError as error:
            raise TransferError(self.reason, "%s: %s" % (self.folder, error)) from None

    def read_back(self, names: "Sequence[str]") -> "Dict[str, Optional[str]]":
        """{name: the id of the image that skopeo reads by it, or None}."""
        seen: "Dict[str, Optional[str]]" = {}
        waiting = list(names)
        while waiting:
            started = [
                (name, io.Command(["skopeo", "inspect", "--raw", self.place(name)])) for name in waiting[:SIDE_BY_SIDE]
            ]
            waiting = waiting[SIDE_BY_SIDE:]
            for name, command in started:
                try:
                    code, output, _errors = command.result(self.work.time_left())
                    seen[name] = lists.config_digest(json.loads(output)) if code == 0 else None
                except (io.NodeError, ValueError, AttributeError):
                    seen[name] = None
        return seen

    def step(self, argv: "List[str]", names: "Sequence[str]") -> None:
        """A command that copies these images. Raises TransferError."""
        try:
            code, _output, errors = io.run(argv, self.work.time_left())
        except io.NodeTimeout:
            raise self.work.too_late(names) from None
        except io.NodeError as error:
            raise TransferError("CRI-IMAGES-TRANSFER", str(error), images=names) from None
        if code:
            raise TransferError(
                "CRI-IMAGES-TRANSFER",
                "the transfer of %s failed: %s ended with %d (%s); what has arrived stays, run it again"
                % (", ".join(names), " ".join(argv[:5]), code, errors.strip()[-400:] or "silent"),
                images=names,
                command=argv,
            )
