# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A boot into cgroup v2, for playbooks: the filter is documented in the file of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import boot_entry


def boot_plan(facts: dict[str, Any]) -> dict[str, Any]:
    """What the switch changes of the boot loader; ``facts``: the key boot of node_runtime_info's result."""
    try:
        return boot_entry.plan(facts)
    except boot_entry.BootError as exc:
        raise AnsibleFilterError("CRI-CGROUP-BOOT: %s" % exc) from exc


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """{name: function}"""
        return {"boot_plan": boot_plan}
