# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runtime handlers, for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import (
    handler_checks,
    handler_programs,
    handlers,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import SettingError
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS
from ansible_collections.cri.switchover.plugins.plugin_utils.target import target_of

# An operator's declaration: switchover_handlers.
Declared = list[dict[str, Any]]


def _parsed(declared: Declared | None) -> Declared:
    try:
        return handlers.parse(declared)
    except handlers.HandlersError as exc:
        raise AnsibleFilterError("CRI-SETTINGS-VALUE: switchover_handlers: %s" % exc) from exc


def programs(declared: Declared | None) -> dict[str, str]:
    """{program: path, or "" to search for it} that node_runtime_info is to look for."""
    return handlers.programs(_parsed(declared))


def findings(declared: Declared | None, info: dict[str, Any], target: str | None = None) -> list[dict[str, Any]]:
    """What keeps the declared handlers from working on a node with this target."""
    return handler_checks.judge(_parsed(declared), info, target_of(target))


def install(declared: Declared | None, info: dict[str, Any], target: str | None = None) -> dict[str, Any]:
    """What a node lacks: packages, and the one set of gVisor's programs."""
    usable, _found = handler_checks.usable(_parsed(declared), info, target_of(target))
    return handler_programs.install_plan(usable, info)


def runtime_classes(declarations: list[Any]) -> list[dict[str, Any]]:
    """The RuntimeClass objects for the declarations of all hosts."""
    try:
        # As the hosts have the setting: a list, or text of one.
        read = [SETTINGS["switchover_handlers"].read(declared) for declared in declarations]
        objects, wrong = handlers.runtime_classes(read)
    except SettingError as exc:
        raise AnsibleFilterError(str(exc)) from exc
    except handlers.HandlersError as exc:
        raise AnsibleFilterError("CRI-SETTINGS-VALUE: switchover_handlers: %s" % exc) from exc
    if wrong:
        raise AnsibleFilterError("CRI-SETTINGS-VALUE: switchover_handlers: %s" % "; ".join(wrong))
    return objects


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """{name: function}"""
        return {
            "handler_findings": findings,
            "handler_install": install,
            "handler_programs": programs,
            "runtime_classes": runtime_classes,
        }
