# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to the flags of a kubelet, wherever they stand. Pure."""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import DOCKER_FLAGS
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import edits
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import parse_flags
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.config_changes import files_with
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.flags_by_release import (
    ENDPOINT,
    ENDPOINT_FIELD,
    RUNTIME,
    RUNTIME_CGROUPS,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import KUBEADM_ENV, unique
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.rules import IF_PRESENT
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_files import environment_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Set, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import Flag
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_line import Command
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import Layout
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import Place, Span, Word
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.rules import Rules

    # (path, variable): what identifies a Place in texts that have changed since
    PlaceKey = Tuple[str, Optional[str]]

_KUBEADM_VARIABLE = "KUBELET_KUBEADM_ARGS"
_EXTRA_VARIABLE = "KUBELET_EXTRA_ARGS"


def change_flags(
    layout: "Layout", command: "Command", rules: "Rules", service: "Optional[str]", oddities: "List[str]"
) -> "List[PlaceKey]":
    """Remove and rewrite flags wherever they stand. Returns the places the old runtime flags stood in.

    service: the systemd unit of the new runtime, None where it is not known.
    """
    drop: "List[Word]" = []
    changes: "Dict[Span, str]" = {}
    reasons: "Dict[str, List[str]]" = {}
    groups = [command.flags()]
    groups += [parse_flags(place.words, oddities) for place in command.places if not place.active]
    for flag in [flag for flags in groups for flag in flags]:
        value = _new_value(flag, rules, service)
        if flag.name in rules.remove:
            drop.extend(flag.words)
            for word in flag.words:
                reasons.setdefault(_place_of(word).path, []).append("--{0} removed".format(flag.name))
        elif value is not None and value != flag.value:
            path, start, end, text = edits.value_edit(flag, value)
            changes[(path, start, end)] = text
            reasons.setdefault(path, []).append("--{0} changed to {1}".format(flag.name, value))
    old_places = _places_of_runtime_flags(command.flags())
    for place in command.places:
        for span in edits.removals(layout.text(place.path), place, drop):
            changes[span] = ""
    for path, text in edits.apply(layout.text, changes).items():
        layout.write(path, text, ", ".join(unique(reasons.get(path, []))))
    # A package's unit file may have been copied by now.
    now_at = {source: target for target, source in layout.moved.items()}
    return [(now_at.get(path, path), variable) for path, variable in old_places]


def _place_of(word: "Word") -> "Place":
    if word.place is None:
        raise ValueError("{0!r} is in no place".format(word.text))
    return word.place


def _places_of_runtime_flags(flags: "List[Flag]") -> "List[PlaceKey]":
    """The places of flags that name the runtime, each once, in order."""
    runtime_flags: "Set[str]" = set(DOCKER_FLAGS) | {RUNTIME, ENDPOINT}
    found: "List[PlaceKey]" = []
    for flag in flags:
        place = _place_of(flag.words[0])
        if flag.name in runtime_flags and place.active and (place.path, place.variable) not in found:
            found.append((place.path, place.variable))
    return found


def _new_value(flag: "Flag", rules: "Rules", service: "Optional[str]") -> "Optional[str]":
    """The value that a flag shall have; None where it stays as it is."""
    if flag.name in rules.wanted:
        return rules.wanted[flag.name]
    if flag.name in rules.update_if_present:
        return rules.update_if_present[flag.name]
    if flag.name == RUNTIME_CGROUPS and "docker" in (flag.value or ""):
        return "/system.slice/" + service if service else None
    return None


def add_flags(layout: "Layout", rules: "Rules", old_places: "List[PlaceKey]") -> None:
    """Add the wanted flags that are not there yet. old_places: what change_flags() gave."""
    command = layout.expand()
    flags = command.flags()
    missing = [name for name in rules.wanted if not any(flag.name == name for flag in flags)]
    if rules.field == IF_PRESENT and files_with(layout, ENDPOINT_FIELD):
        # The file says it already; a flag would be a second place to keep right.
        missing = [name for name in missing if name != ENDPOINT]
    if not missing:
        return
    words = ["--{0}={1}".format(name, rules.wanted[name]) for name in missing]
    why = ", ".join("--{0} added".format(name) for name in missing)
    place = _place_for_new(command, old_places)
    if place is None:
        assignment = _new_assignment(layout, command, words)
        if assignment is not None:
            layout.write(assignment[0], assignment[1], why)
            return
        place = command.exec_place
    if place is not None:
        layout.write(place.path, edits.appended(layout.text(place.path), place, words), why)


def _place_for_new(command: "Command", old_places: "List[PlaceKey]") -> "Optional[Place]":
    """Where a new flag goes: kubeadm's file, the place of the old flags, a variable for extra arguments, the last file.

    None where the unit reads a variable for extra arguments that no file sets, or where only ExecStart= is left.
    """
    variables = [place for place in command.places if place.active and place.kind != "exec"]
    for place in variables:
        if place.variable == _KUBEADM_VARIABLE and place.path.endswith("/" + KUBEADM_ENV):
            return place
    for key in old_places:
        for place in command.places:
            if place.active and (place.path, place.variable) == key:
                return place
    for is_wanted in (_is_extra_variable, _is_for_extras):
        for place in variables:
            if is_wanted(place.variable or ""):
                return place
    if _named_extra(command):
        return None
    files = [
        place
        for place in variables
        if place.kind == "envfile" and re.search(r"(ARGS|OPTS|FLAGS|OPTIONS)$", place.variable or "")
    ]
    return files[-1] if files else None


def _is_extra_variable(name: str) -> bool:
    return name == _EXTRA_VARIABLE


def _is_for_extras(name: str) -> bool:
    return "EXTRA" in name


def _named_extra(command: "Command") -> "Optional[str]":
    """The variable for extra arguments that the unit expands, whether a file sets it or not."""
    words = command.exec_place.words if command.exec_place else []
    names = [word.text[1:] for word in words if re.match(r"^\$[A-Za-z_]\w*$", word.text)]
    return next((name for name in names if _is_for_extras(name)), None)


def _new_assignment(layout: "Layout", command: "Command", words: "List[str]") -> "Optional[Tuple[str, str]]":
    """(path, text) with the extra-arguments variable that the unit reads but no file sets; None without one."""
    name = _named_extra(command)
    listed = [
        path
        for path, _optional in environment_files(layout.unit_texts)
        if not path.endswith("/" + KUBEADM_ENV) and not any(char in path for char in "*?[%")
    ]
    if not name or not listed:
        return None
    path = listed[-1]
    text = layout.env_files.get(path, "")
    if text and not text.endswith("\n"):
        text += "\n"
    return path, text + '{0}="{1}"\n'.format(name, " ".join(words))
