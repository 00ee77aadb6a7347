# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd as one side of a transfer of images: what `ctr` says of them.

Private to this collection: there is no promise that it stays as it is.
"""

import json
import os
import platform

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import lists
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import TransferError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Set

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import Work

# Commands that run at the same time.
SIDE_BY_SIDE = 4


class ContainerdSide:
    """``reason``: the token of its failures, CRI-IMAGES-SOURCE or CRI-IMAGES-TARGET."""

    def __init__(self, work: "Work", reason: str) -> None:
        self.work, self.reason = work, reason

    def command(self, *words: str) -> "List[str]":
        """The command line `ctr WORDS`, in kubelet's namespace."""
        params = self.work.params
        return ["ctr", "--address", params["address"], "--namespace", params["namespace"]] + list(words)

    def runs(self) -> bool:
        """Whether containerd runs. Raises TransferError where it does not, except in check mode."""
        address = self.work.params["address"]
        if io.which("ctr") is not None and os.path.exists(address):
            return True
        if self.work.check_mode:
            return False
        raise TransferError(self.reason, "containerd does not run: there is no ctr, or no socket %s" % address)

    def listed(self, names: "Iterable[str]" = ()) -> "Dict[str, Dict[str, Any]]":
        """{name: {digest, pinned}} of all images, or of those with these names."""
        return lists.parse_list(self._output("images", "ls", *_filters(names)))

    def whole(self, names: "Iterable[str]") -> "Set[str]":
        """Those of the images that containerd has with all their layers, unpacked."""
        check = self.command("images", "check", *_filters(names))
        # it fails as soon as one image is incomplete, which its table says as well
        return lists.parse_check(self.work.command(check, self.reason, may_fail=True))

    def version(self) -> "Optional[str]":
        """The version of the daemon."""
        return lists.server_version(self._output("version"))

    def manifests(self, digests: "Set[str]") -> "Dict[str, Dict[str, Any]]":
        """{digest of a manifest or index: the manifest for this machine, empty where it is absent}."""
        documents = self._contents(digests)
        chosen = {
            digest: lists.manifest_for(document, platform.machine())
            for digest, document in documents.items()
            if "manifests" in document
        }
        manifests = dict(documents, **self._contents({digest for digest in chosen.values() if digest}))
        return {digest: manifests.get(chosen.get(digest, digest) or "") or {} for digest in documents}

    def _contents(self, digests: "Set[str]") -> "Dict[str, Dict[str, Any]]":
        documents: "Dict[str, Dict[str, Any]]" = {}
        waiting = sorted(digests)
        while waiting:
            started = [
                (digest, io.Command(self.command("content", "get", digest))) for digest in waiting[:SIDE_BY_SIDE]
            ]
            waiting = waiting[SIDE_BY_SIDE:]
            for digest, command in started:
                try:
                    code, output, _errors = command.result(self.work.time_left())
                    # content that is absent belongs to an image that is not whole
                    documents[digest] = json.loads(output) if code == 0 else {}
                except (io.NodeError, ValueError):
                    documents[digest] = {}
        return documents

    def _output(self, *words: str) -> str:
        return self.work.command(self.command(*words), self.reason)


def _filters(names: "Iterable[str]") -> "List[str]":
    return ['name=="%s"' % name for name in sorted(names)]
