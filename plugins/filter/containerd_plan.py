# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd as a target, for playbooks: each filter is documented in the file of its own name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd, containerd_check
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd_config import ContainerdConfigError


def containerd_plan(info: dict[str, Any], options: dict[str, Any] | None = None) -> dict[str, Any]:
    """All that a node needs for containerd; ``info``: node_runtime_info's result."""
    try:
        return containerd.plan(info, options)
    except ContainerdConfigError as exc:
        raise AnsibleFilterError("CRI-CONTAINERD-PLAN: %s" % exc) from exc


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """{name: function}"""
        return {
            "containerd_dump_errors": containerd_check.check,
            "containerd_plan": containerd_plan,
        }
