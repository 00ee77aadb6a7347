# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node had before the switch: the one source of everything that a revert restores."""

import json

from .names import STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

    from .node import Node


class BeforeImages(object):
    """The before-images of one run, in a directory of their own below STATE."""

    def __init__(self, node: "Node", run_id: str) -> None:
        self.node = node
        self.directory = "%s/before/%s" % (STATE, run_id)
        self._index: "Optional[Dict[str, Any]]" = None

    @property
    def index(self) -> "Dict[str, Any]":
        """What was there: {files, units, directories, sysctl, forward, cni, cgroup, pause}.

        files: {path: its image, with `copy`, where its content lies}; cni: paths of libcni's results.
        """
        if self._index is None:
            self._index = json.loads(self.node.read(self.directory + "/index.json").decode("utf-8"))
        return self._index

    def save(self, index: "Dict[str, Any]") -> None:
        """Write it down, last: what it names is there already."""
        self._index = index
        self.node.write(self.directory + "/index.json", json.dumps(index, indent=1, sort_keys=True).encode("utf-8"))
