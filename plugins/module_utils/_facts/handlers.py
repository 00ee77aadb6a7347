# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a runtime looks for the programs of its handlers, and what these say of themselves. Pure."""

import re
import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Optional, Tuple

# systemd.exec(5): what a service gets where nobody says otherwise.
SYSTEMD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def search_path(environ: str, properties: "Mapping[str, str]") -> "Tuple[str, str]":
    """(PATH in which a runtime looks for its container shims, where that is said).

    environ: the environment of its running process as /proc/PID/environ has it, "" when it does not run.
    properties: of its unit, as systemctl shows them.
    """
    for word in environ.split("\0"):
        if word.startswith("PATH="):
            return word[len("PATH=") :], "its process"
    try:
        words = shlex.split(properties.get("Environment", ""))
    except ValueError:
        words = []
    for word in reversed(words):
        if word.startswith("PATH="):
            return word[len("PATH=") :], "its unit"
    return SYSTEMD_PATH, "systemd's default"


def program_facts(text: "Optional[str]") -> "Dict[str, Any]":
    """The version in what runc, crun or runsc print for --version, and what crun was built with."""
    match = re.search(r"^\S+ version (\S+)", text or "", re.M)
    features = re.findall(r"(?:^| )\+([A-Z_]+)", text or "", re.M)
    found: "Dict[str, Any]" = {"version": match.group(1) if match else None}
    return dict(found, features=sorted(features)) if features else found
