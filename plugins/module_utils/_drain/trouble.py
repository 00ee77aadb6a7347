# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API that does not answer while a drain waits: for how long, and whether that is why the drain fails."""

from ansible_collections.cri.switchover.plugins.module_utils._drain import timing
from ansible_collections.cri.switchover.plugins.module_utils._drain.failures import add_sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError


class ApiTrouble(object):
    """``error`` is the last failure of the API; None once it has answered again."""

    def __init__(self) -> None:
        self.error: "Optional[KubeError]" = None
        self._since = 0.0

    def note(self, exc: "KubeError", now: float) -> float:
        """Note a failure, and return when to try again. Raises it where another try cannot help."""
        if not exc.is_temporary:
            raise exc
        self._since = self._since if self.error else now
        self.error = exc
        return now + max(timing.RETRY_EVERY, exc.retry_after or 0)

    def clear(self) -> None:
        """Note that the API has answered."""
        self.error = None

    def at_deadline(self, now: float, still: str) -> "Optional[KubeError]":
        """The failure, where that is why a drain is not done at its deadline; or None.

        ``still`` describes what had not left at the last check. With it, only trouble counts that has lasted.
        """
        if not self.error or (still and now - self._since < timing.LASTING):
            return None
        if still:
            add_sentence(self.error, "At the last check that was answered, there still were %s" % still)
        return self.error
