# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units as `systemctl show` prints them. Pure."""

import re
import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Sequence

    # {property: value} of one unit
    Properties = Dict[str, str]

# Facts about dependencies, and the property each comes from.
_DEPENDENCIES = (
    ("requires", "Requires"),
    ("requisite", "Requisite"),
    ("wants", "Wants"),
    ("binds_to", "BindsTo"),
    ("part_of", "PartOf"),
    ("after", "After"),
    ("required_by", "RequiredBy"),
    ("bound_by", "BoundBy"),
)
# What almost every unit depends on.
_COMMON_UNITS = re.compile(r"(system|-)\.slice$|\.mount$|^(sysinit|basic|shutdown|multi-user)\.target$|^systemd-")


def parse_show(text: str, names: "Sequence[str]") -> "Dict[str, Properties]":
    """`systemctl show A B ...` as {name asked for: {property: value}}.

    Blocks come in the order of the question. After them come units that match patterns; these are known by their Id.
    """
    blocks = [block for block in re.split(r"\n\s*\n", text.strip("\n")) if block.strip()]
    units = {}
    for number, block in enumerate(blocks):
        properties: "Properties" = {}
        for line in block.splitlines():
            key, separator, value = line.partition("=")
            if separator:
                # EnvironmentFiles= comes once for every file
                properties[key] = properties[key] + "\n" + value if key in properties else value
        name = names[number] if number < len(names) else properties.get("Id")
        if name:
            units[name] = properties
    return units


def unit_facts(properties: "Properties") -> "Dict[str, Any]":
    """Whether a unit is there, runs and starts at boot, and in which files it is written."""
    installed = properties.get("LoadState", "not-found") not in ("not-found", "")
    state = properties.get("UnitFileState", "")
    return {
        "installed": installed,
        "running": properties.get("ActiveState") in ("active", "reloading"),
        "pid": int(properties.get("MainPID") or 0) or None,
        "enabled": "masked" if properties.get("LoadState") == "masked" else state or None,
        "fragment": properties.get("FragmentPath") or None,
        "dropins": properties.get("DropInPaths", "").split(),
    }


def dependencies(properties: "Properties") -> "Dict[str, List[str]]":
    """{kind of dependency: units}, without those that almost every unit depends on."""
    found = {}
    for key, name in _DEPENDENCIES:
        units = [unit for unit in properties.get(name, "").split() if not _COMMON_UNITS.search(unit)]
        if units:
            found[key] = sorted(units)
    return found


def environment_file_paths(properties: "Properties") -> "List[str]":
    """Paths of EnvironmentFiles=, without systemd's remark about a missing one."""
    lines = properties.get("EnvironmentFiles", "").splitlines()
    return [re.sub(r" \(ignore_errors=(yes|no)\)$", "", line) for line in lines if line]


def variable_names(properties: "Properties", files: "Iterable[str]") -> "List[str]":
    """Names of the variables that a unit sets by Environment= and by the texts of its environment files."""
    names = set()
    try:
        words = shlex.split(properties.get("Environment", ""))
    except ValueError:
        words = properties.get("Environment", "").split()
    for word in words:
        if "=" in word:
            names.add(word.partition("=")[0])
    for text in files:
        for line in text.splitlines():
            match = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)", line)
            if match and match.group(2).strip() not in ("", '""', "''"):
                names.add(match.group(1))
    return sorted(names)


def exec_binary(properties: "Properties") -> "Optional[str]":
    """The program of ExecStart= as systemd shows it."""
    match = re.search(r"path=(\S+)", properties.get("ExecStart", ""))
    return match.group(1) if match else None
