# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PodDisruptionBudgets that a drain knows of, read again when they are old."""

import time

from ansible_collections.cri.switchover.plugins.module_utils._drain import timing
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.budgets import pdb_entry, read_pdbs
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, Dict, Iterable, List, Mapping, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client

    Entry = Dict[str, Any]


class KnownBudgets(object):
    """``pdbs`` are objects of the last list, ``version`` is that of the API group policy.

    ``note`` is called with a sentence for the result where the right to list budgets is missing.
    """

    def __init__(self, client: "Client", options: "Mapping[str, Any]", note: "Callable[[str], None]") -> None:
        self.client, self.options, self._note = client, options, note
        self.pdbs: "List[Dict[str, Any]]" = []
        self.version: "Optional[str]" = None
        self._read_at: "Optional[float]" = None
        self._met: "Dict[str, Entry]" = {}

    def read(self, namespaces: "Collection[str]", again: bool = False) -> None:
        """Read the budgets of these namespaces, unless the last list is fresh. Raises KubeError."""
        now = time.monotonic()
        is_fresh = self._read_at is not None and now - self._read_at < timing.PDBS_FRESH and not again
        if is_fresh or not namespaces or self.options["disable_eviction"]:
            return
        self._read_at = now
        try:
            self.version, self.pdbs = read_pdbs(self.client, namespaces, self.version)
        except KubeError as exc:
            if exc.status != 403:
                raise
            # The API heeds budgets all the same. Without the right to list them, they just cannot be named.
            self._note("no right to list PodDisruptionBudgets: refusals cannot name them")

    def entries(self) -> "List[Entry]":
        """The budgets of the last list, with their numbers."""
        return [pdb_entry(pdb) for pdb in self.pdbs]

    def remember(self, leaving: "Iterable[Entry]", numbers: "Iterable[Entry]") -> "List[Entry]":
        """Remember the budgets of pods that leave, and return all that were remembered, with their last numbers.

        ``leaving`` are entries of plan.py, ``numbers`` those of entries().
        """
        named = set(name for entry in leaving for name in entry["pdbs"])
        for pdb in numbers:
            name = "%s/%s" % (pdb["namespace"], pdb["name"])
            if name in named or name in self._met:
                self._met[name] = {key: pdb[key] for key in pdb if key != "selector"}
        return self.remembered(self._met)

    def remembered(self, names: "Iterable[str]") -> "List[Entry]":
        """Those of the remembered budgets that have one of these names, sorted by name."""
        return [self._met[name] for name in sorted(names) if name in self._met]
