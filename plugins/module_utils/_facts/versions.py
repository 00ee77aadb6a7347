# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions out of what programs and packages say. Pure.

`_common.text.version` is stricter: it takes a version only where a word begins with it.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Tuple


def version_tuple(text: "Optional[str]") -> "Optional[Tuple[int, ...]]":
    """(1, 23, 17) of "v1.23.17+k3s1", "1.6.20~ds1" or "20.10.24"; None when there is none."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text or "")
    return tuple(int(part or 0) for part in match.groups()) if match else None


def version_text(text: "Optional[str]") -> "Optional[str]":
    """The version itself out of what a `--version` prints; a suffix of the distribution stays."""
    match = re.search(r"\bv?(\d+\.\d+[\w.+~-]*)", text or "")
    return match.group(1) if match else None
