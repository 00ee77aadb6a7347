# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runtime handlers, for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_checks
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers as runtime_handlers


def _parsed(declared):
    try:
        return runtime_handlers.parse(declared)
    except runtime_handlers.HandlersError as exc:
        raise AnsibleFilterError("CRI-SETTINGS-VALUE: switchover_handlers: %s" % exc) from exc


def handler_programs(declared):
    return runtime_handlers.programs(_parsed(declared))


def handler_findings(declared, info, target="containerd"):
    return handler_checks.judge(_parsed(declared), info, target)


def handler_install(declared, info, target="containerd"):
    """What a node lacks: packages, and the one set of gVisor's programs."""
    handlers, _found = handler_checks.usable(_parsed(declared), info, target)
    return handler_checks.install_plan(handlers, info)


def runtime_classes(declarations):
    try:
        objects, wrong = runtime_handlers.runtime_classes(declarations)
    except runtime_handlers.HandlersError as exc:
        raise AnsibleFilterError("CRI-SETTINGS-VALUE: switchover_handlers: %s" % exc) from exc
    if wrong:
        raise AnsibleFilterError("CRI-SETTINGS-VALUE: switchover_handlers: %s" % "; ".join(wrong))
    return objects


class FilterModule:
    def filters(self):
        return {
            "handler_findings": handler_findings,
            "handler_install": handler_install,
            "handler_programs": handler_programs,
            "runtime_classes": runtime_classes,
        }
