# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while a rollout is planned.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError


class RolloutError(ActionError):
    """The settings ask for something that cannot be planned. Its text is for the operator."""

    def __init__(self, message: str) -> None:
        """``message``: the text, which says what to change."""
        super().__init__("CRI-ROLLOUT", message)
