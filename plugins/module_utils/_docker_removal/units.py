# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's units, and units of others that need them. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import SHIM_UNITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Set

    # {unit: {property: value}}, of `systemctl show`
    Units = Dict[str, Dict[str, str]]

UNITS = ("docker.service", "docker.socket") + SHIM_UNITS
# systemd's properties that name the units which depend on one.
NEEDS = ("RequiredBy", "RequisiteOf", "BoundBy", "WantedBy", "ConsistsOf")


def needed_by(units: "Units") -> "List[str]":
    """Units of others that need Docker's, by systemd's word. Targets only start them."""
    names: "Set[str]" = set()
    for unit in UNITS:
        for key in NEEDS:
            names.update(name for name in units.get(unit, {}).get(key, "").split() if not name.endswith(".target"))
    # the switch has removed kubelet's own dependency; if it is there again, it counts
    return sorted(names - set(UNITS))


def to_stop(units: "Units") -> "List[str]":
    """Docker's units that run, or start at the next boot."""
    return [unit for unit in UNITS if _runs_or_starts(units.get(unit, {}))]


def _runs_or_starts(properties: "Dict[str, str]") -> bool:
    starts = properties.get("UnitFileState", "") in ("enabled", "enabled-runtime")
    return properties.get("ActiveState") in ("active", "activating", "reloading") or starts
