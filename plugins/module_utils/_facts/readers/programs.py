# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the programs of a runtime are on this node."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import PLACES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional


def own_build(name: str) -> "Optional[str]":
    """CRI-O's own build of a program, or None."""
    places = (place % name for place in PLACES)
    return next((path for path in places if os.access(path, os.X_OK)), None)


def program(name: str) -> "Optional[str]":
    """The program that CRI-O would use: its own build, or the one in PATH; None without one."""
    return own_build(name) or io.which(name)
