# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads which runtime the kubelet uses."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import processes
from ansible_collections.cri.switchover.plugins.module_utils._facts.runtime_in_use import runtime_in_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def read(node: "Inspection", runtime: "Facts") -> None:
    """Fill the part `runtime`. It needs `kubelet`."""
    kubelet = node.info["kubelet"]
    runtime["kubelet_running"] = bool(kubelet.get("running"))
    runtime.update(in_use="unknown", shim=None, endpoint=None, evidence="no kubelet is installed")
    if not kubelet.get("installed"):
        return
    # fields of a file that could not be read may say anything
    config = kubelet.get("config") if kubelet.get("config_read") else None
    runtime.update(
        runtime_in_use(kubelet.get("version"), node.args, config, os.path.realpath, processes.listener, node.runtimes)
    )
