# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the switch of a kubelet cannot be planned. Pure."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PlanError(Exception):
    """The switch of this kubelet cannot be planned. reason: a stable token; details: what was seen, as data."""

    def __init__(self, reason: str, message: str, **details: "Any") -> None:
        Exception.__init__(self, "{0}: {1}".format(reason, message))
        self.reason = reason
        self.details = details
