# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process on the controller that runs the playbook.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import multiprocessing
import os

from ansible_collections.cri.switchover.plugins.module_utils._common.process import identity


def run_process() -> str:
    """Its identity, as process.identity() of _common has it; empty where the operating system has no /proc."""
    # Tasks are done by children that end with them.
    parent = multiprocessing.parent_process()
    return identity((parent and parent.pid) or os.getpid())
