# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flags that a kubelet runs with, beside those that its unit gives it. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import parse_flags
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_line import KUBELET, expand, program_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import Flag


def effective_flags(
    unit_texts: "Sequence[Tuple[str, str]]", env_files: "Mapping[str, str]", cmdline: "Optional[Sequence[str]]" = None
) -> "Dict[str, Any]":
    """What the kubelet runs with and the file each flag comes from.

    unit_texts: [(path, text)] in systemd's order; env_files: {path: text}; cmdline: argv of the running kubelet.
    Returns {"argv": [...], "binary": path|None, "flags": [{"name", "value", "source", "variable"}], "oddities": [...]}.
    Names are without dashes and with "-" for "_". source is null for a flag that no file explains.
    """
    command = expand(unit_texts, env_files)
    planned = [_described(flag) for flag in command.flags()]
    if not cmdline:
        argv = ([command.binary] if command.binary else []) + [word.text for word in command.words]
        return {"argv": argv, "binary": command.binary, "flags": planned, "oddities": command.oddities}
    binary, arguments = split_cmdline(cmdline)
    running: "List[Dict[str, Any]]" = [
        {"name": flag.name, "value": flag.value, "source": None, "variable": None}
        for flag in parse_flags(arguments, command.oddities)
    ]
    _explain(running, planned, command.oddities)
    return {"argv": list(cmdline), "binary": binary, "flags": running, "oddities": command.oddities}


def _described(flag: "Flag") -> "Dict[str, Any]":
    """A flag of a file as data. Its source is the file to change: that of its value if it has one, else of its name."""
    places = flag.value_text.at if flag.value_text is not None else []
    place = flag.words[0].place
    return {
        "name": flag.name,
        "value": flag.value,
        "source": places[0][0] if places else flag.words[0].path,
        "variable": place.variable if place else None,
    }


def _explain(running: "List[Dict[str, Any]]", planned: "List[Dict[str, Any]]", oddities: "List[str]") -> None:
    """Find the file of each running flag, and note what does not agree."""
    left = list(planned)
    # First what agrees to the letter, then what only systemd can expand (specifiers): repeated flags find their own.
    for fits in (_same, _same_but_for_specifiers):
        for flag in running:
            if flag["source"] is None:
                match = next((other for other in left if fits(flag, other)), None)
                if match:
                    left.remove(match)
                    flag["source"], flag["variable"] = match["source"], match["variable"]
    for flag in running:
        if flag["source"] is None:
            oddities.append("the running kubelet has --{0}, which no file gives it".format(flag["name"]))
    for flag in left:
        oddities.append(
            "{0} gives --{1}, which the running kubelet does not have: changed since its start?".format(
                flag["source"], flag["name"]
            )
        )


def split_cmdline(cmdline: "Sequence[str]") -> "Tuple[str, Sequence[str]]":
    """(binary, arguments) of a running kubelet: words of hyperkube or of a wrapper itself are not arguments."""
    for index, word in enumerate(cmdline[:3]):
        if program_name(word) in KUBELET:
            return word, cmdline[index + 1 :]
    return cmdline[0], cmdline[1:]


def _same(flag: "Dict[str, Any]", other: "Dict[str, Any]") -> bool:
    return bool(flag["name"] == other["name"] and flag["value"] == other["value"])


def _same_but_for_specifiers(flag: "Dict[str, Any]", other: "Dict[str, Any]") -> bool:
    return flag["name"] == other["name"] and "%" in (other["value"] or "")
