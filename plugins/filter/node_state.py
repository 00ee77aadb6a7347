# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter node_state, which is documented in the file beside this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.states import node_state


class FilterModule:
    """The filter, by the name that playbooks use."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """{name: function}, as Ansible asks for it."""
        return {"node_state": node_state}
