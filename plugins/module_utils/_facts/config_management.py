# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which configuration management works on a machine's files by itself. Pure."""

import fnmatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping

# Services, and the timers that start them. All are patterns: of these, systemctl shows only units in memory.
CONFIG_MANAGEMENT = (
    "puppet.*",
    "puppet-agent*",
    "puppet-run*",
    "chef-client*",
    "cinc-client*",
    "*salt-minion*",
    "cfengine3*",
    "cf-execd*",
    "rudder-agent*",
    "*ansible-pull*",
)


def config_management(units: "Mapping[str, Dict[str, str]]", enabled: "Iterable[str]") -> "List[Dict[str, Any]]":
    """[{unit, active, enabled}] of configuration management that runs, or will after a boot.

    units: what systemd.parse_show() gives, which has those in memory.
    enabled: names of all units that `systemctl enable` linked. One that is stopped may not be in memory.
    """
    found = []
    for name in sorted(set(units) | set(enabled)):
        if not name.endswith((".service", ".timer")):
            continue
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in CONFIG_MANAGEMENT):
            continue
        active = units.get(name, {}).get("ActiveState") in ("active", "activating", "reloading")
        if active or name in enabled:
            found.append({"unit": name, "active": active, "enabled": name in enabled})
    return found
