# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd: its calls, what it reports of units, and which calls make units as they were."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Sequence, Tuple

    from .node import Node

    # {property: value}, as `systemctl show` prints it.
    Unit = Dict[str, str]


def systemctl(node: "Node", *args: str, timeout: float = 90, check: bool = True) -> "Tuple[int, str, str]":
    """(rc, stdout, stderr) of `systemctl ARGS`. Raises Failure where Node.run() does; timeout in seconds."""
    return node.run(["systemctl"] + list(args), timeout=timeout, check=check)


def show_units(node: "Node", names: "Iterable[str]") -> "Dict[str, Unit]":
    """{unit: {property: value}} of these units, those that are not there among them (LoadState=not-found)."""
    wanted = "Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts,Result"
    rc, out, err = node.run(["systemctl", "show", "-p", wanted] + list(names))
    return parse_show(out)


def parse_show(text: str) -> "Dict[str, Unit]":
    """Output of `systemctl show -p Id,... a b` -> {unit: {property: value}}"""
    units = {}
    for block in text.strip().split("\n\n"):
        props = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in props:
            units[props["Id"]] = props
    return units


def unit_file_commands(before: "Dict[str, Unit]", now: "Dict[str, Unit]") -> "List[List[str]]":
    """The systemctl calls, as argument lists, that make units enabled, disabled or masked as they were `before`.

    One call for each verb: every one makes systemd read all its files again.
    """
    units: "Dict[str, List[str]]" = {"unmask": [], "enable": [], "disable": [], "mask": []}
    for unit in sorted(before):
        old, new = before[unit].get("UnitFileState", ""), now.get(unit, {}).get("UnitFileState", "")
        if before[unit].get("LoadState") == "not-found" or old == new:
            continue
        if new in ("masked", "masked-runtime"):
            units["unmask"].append(unit)
        verb = {"enabled": "enable", "enabled-runtime": "enable", "disabled": "disable", "masked": "mask"}.get(old)
        if verb:
            units[verb].append(unit)
    return [[verb] + units[verb] for verb in ("unmask", "enable", "disable", "mask") if units[verb]]


def unit_commands(
    before: "Dict[str, Unit]", now: "Dict[str, Unit]", restart: "Sequence[str]" = ()
) -> "List[List[str]]":
    """The systemctl calls that make units run, or not, as `before`. restart: those whose files changed under them."""
    calls: "List[List[str]]" = []
    for unit in sorted(before):
        then, is_now = before[unit], now.get(unit, {})
        if then.get("LoadState") == "not-found":
            continue
        if is_running(then):
            if unit in restart and is_running(is_now):
                calls.append(["restart", unit])
            elif not is_up(is_now):
                # Where it is about to start, as in a boot, this waits for it.
                calls += [["reset-failed", unit], ["start", unit]]
        elif is_running(is_now):
            calls.append(["stop", unit])
    # A socket that starts after its service is refused; a runtime is wanted before the one that uses it.
    order = {"start": 1, "restart": 1, "stop": 2}
    ranks = {"containerd": 0, "cri-docker": 2, "cri-dockerd": 2}
    return sorted(calls, key=lambda call: (order.get(call[0], 0), ranks.get(call[1].rpartition(".")[0], 1)))


def is_running(unit: "Dict[str, Any]") -> bool:
    """Does it run, or is it about to? unit: its properties, {} for one that nobody knows."""
    return unit.get("ActiveState") in ("active", "activating", "reloading")


def is_up(unit: "Dict[str, Any]") -> bool:
    """Has it come up? One that is about to start has not."""
    return unit.get("ActiveState") in ("active", "reloading")


def needs_reload(paths: "Iterable[str]") -> bool:
    """Do these files belong to systemd, so that it must read its configuration again?"""
    roots = ("/etc/systemd/", "/run/systemd/", "/lib/systemd/", "/usr/lib/systemd/", "/usr/local/lib/systemd/")
    return any(path.startswith(roots) for path in paths)
