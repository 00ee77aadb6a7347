# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target of a switch by the name that a playbook gives. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS, value


def target_of(name: str) -> Runtime:
    """The target's class. Raises ActionError for a name that is no target."""
    try:
        return registry.target(name)
    except ValueError as exc:
        raise ActionError("CRI-SETTINGS-VALUE", "switchover_target: %s" % exc) from exc


def configured(runtime: Runtime, settings: Mapping[str, Any]) -> Runtime:
    """The target as a host's settings want it.

    ``settings``: the host's switchover_*, as they were given; wrong ones were refused before.
    """
    chosen = {}
    for option in runtime.options:
        for name in ("switchover_%s_%s" % (runtime.name, option), "switchover_" + option):
            if name in SETTINGS:
                chosen[option] = value(name, settings)
                break
    return runtime.configured(chosen)
