# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line that a kubelet's unit gives it, and the file each of its flags comes from. Pure.

Docker's unit is read here, too, as far as its words.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import Flag, parse_flags
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.environment_files import (
    EnvFile,
    parse_environment_file,
    split_value,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import ENV_NAME, Place, Word
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_files import (
    Entry,
    Unit,
    environment_files,
    parse_unit,
    split_words,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Container, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

KUBELET = ("kubelet",)
_EXEC_PREFIX = re.compile(r"^([@:+!|-]*)(.*)$", re.S)

# Programs that start what follows in their arguments and add nothing to it.
_TRANSPARENT = ("env", "nice", "ionice", "chrt", "taskset", "numactl", "systemd-inhibit")


class Command:
    """The kubelet's command line as the unit gives it.

    binary: its path or None. words: arguments in order. exec_place: the ExecStart= line.
    places: every place the unit takes arguments from, those that do not win included.
    oddities: sentences about what was not understood.
    """

    def __init__(self) -> None:
        self.binary: "Optional[str]" = None
        self.words: "List[Word]" = []
        self.places: "List[Place]" = []
        self.exec_place: "Optional[Place]" = None
        self.oddities: "List[str]" = []
        self._flags: "Optional[List[Flag]]" = None

    def flags(self) -> "List[Flag]":
        """The words grouped into flags."""
        if self._flags is None:
            self._flags = parse_flags(self.words, self.oddities)
        return self._flags


class _Variables:
    """The variables that a unit may expand.

    assignments: all places that set one, in order. winning: {name: the place whose value counts}.
    """

    def __init__(self) -> None:
        self.assignments: "List[Place]" = []
        self.winning: "Dict[str, Place]" = {}

    def add(self, places: "Iterable[Place]") -> None:
        for place in places:
            self.assignments.append(place)
            self.winning[place.variable or ""] = place

    def of_name(self, name: str) -> "List[Place]":
        return [place for place in self.assignments if place.variable == name]


def expand(
    unit_texts: "Sequence[Tuple[str, str]]", env_files: "Mapping[str, str]", programs: "Container[str]" = KUBELET
) -> Command:
    """The command line of a kubelet unit.

    unit_texts: [(path, text)], fragment first, then drop-ins as systemd reads them.
    env_files: {path: text} of the environment files that exist.
    programs: names of the program that the unit starts.
    """
    command = Command()
    units = [parse_unit(text, path) for path, text in unit_texts]
    executions: "List[Tuple[Unit, Entry]]" = []
    environment: "List[Place]" = []
    unset = set()
    for unit in units:
        for entry in unit.select("Service", "ExecStart", "Environment", "UnsetEnvironment"):
            if entry.key == "ExecStart":
                executions = executions + [(unit, entry)] if entry.value.text else []
            elif entry.key == "Environment":
                environment = environment + _environment(unit, entry) if entry.value.text else []
            else:
                unset.update(entry.value.text.split())
        command.oddities.extend(unit.oddities)
    variables = _Variables()
    variables.add(environment)
    for parsed in _environment_files(command, unit_texts, env_files):
        variables.add(parsed.assignments)
    for name in unset:
        variables.winning.pop(name.split("=")[0], None)
    if not executions:
        command.oddities.append("the unit has no ExecStart=")
        return command
    if len(executions) > 1:
        command.oddities.append(
            "the unit has {0} ExecStart= lines; the first that starts a kubelet counts".format(len(executions))
        )
    for unit, entry in executions:
        _expand_execution(command, unit, entry, variables, programs)
        if command.binary:
            break
    return command


def start_words(
    unit_texts: "Sequence[Tuple[str, str]]", read_text: "Callable[[str], Optional[str]]", programs: "Container[str]"
) -> "Optional[List[str]]":
    """The words with which systemd will start a program; None where the unit starts another one, such as a script.

    unit_texts: as in expand(). read_text: the text of a path, None where it cannot be read.
    """
    texts = [(path, read_text(path)) for path, _optional in environment_files(unit_texts)]
    found = {path: text for path, text in texts if text is not None}
    command = expand(unit_texts, found, programs)
    return [command.binary] + [word.text for word in command.words] if command.binary else None


def _environment_files(
    command: Command, unit_texts: "Sequence[Tuple[str, str]]", env_files: "Mapping[str, str]"
) -> "List[EnvFile]":
    """The environment files that the unit names and that exist, in order."""
    found = []
    for path, optional in environment_files(unit_texts):
        if any(char in path for char in "*?[%"):
            command.oddities.append("EnvironmentFile={0}: patterns and specifiers are not followed".format(path))
        if path not in env_files:
            if not optional:
                command.oddities.append("EnvironmentFile={0} does not exist: the unit cannot start".format(path))
            continue
        parsed = parse_environment_file(env_files[path], path)
        command.oddities.extend(parsed.oddities)
        found.append(parsed)
    return found


def _environment(unit: Unit, entry: Entry) -> "List[Place]":
    """The variables of one Environment= line."""
    places = []
    for word in split_words(entry.value, unit.path):
        name, equals, _rest = word.text.partition("=")
        if not equals or not ENV_NAME.match(name):
            unit.oddities.append("{0}: Environment= holds no assignment: {1!r}".format(unit.path, word.text[:60]))
            continue
        value = word.cut(len(name) + 1)
        start = value.at[0][1] if value.at else word.at[len(name)][2]
        place = Place("environment", unit.path, name, value, start, word.end, word.insert_at, word.insert_quote)
        place.words = split_value(place)
        places.append(place)
    return places


def _expand_execution(
    command: Command, unit: Unit, entry: Entry, variables: _Variables, programs: "Container[str]"
) -> None:
    """Take the command line from one ExecStart= line, if the program is started there."""
    raw = split_words(entry.value, unit.path)
    if not raw:
        return
    prefix, binary = _EXEC_PREFIX.findall(raw[0].text)[0]
    first = 2 if "@" in prefix else 1
    if program_name(binary) not in programs:
        command.oddities.append(
            "{0}: the kubelet is started by a wrapper: {1}".format(
                unit.path, " ".join(word.text for word in raw[:3])[:120]
            )
        )
        inner = [index for index, word in enumerate(raw) if program_name(word.text) in programs]
        if program_name(binary) not in _TRANSPARENT or not inner:
            return
        first = inner[0] + 1
        binary = raw[inner[0]].text
    place = Place("exec", unit.path, None, entry.value, raw[0].start, raw[-1].end, raw[-1].end, "")
    place.active = place.used = True
    place.lead = raw[first - 1].end
    command.binary, command.exec_place = binary, place
    command.places.append(place)
    _expand_arguments(command, place, raw[first:], variables, is_literal=":" in prefix)


def _expand_arguments(
    command: Command, place: Place, arguments: "List[Word]", variables: _Variables, is_literal: bool
) -> None:
    """The words behind the program, with variables replaced unless the line is literal (prefix ":")."""
    for word in arguments:
        word.place = place
        if word.text == ";":
            command.oddities.append("{0}: ExecStart= holds several commands; only the first is read".format(place.path))
            break
        single = re.match(r"^\$([A-Za-z_][A-Za-z0-9_]*)$", word.text)
        if single and not is_literal:
            name = single.group(1)
            _note_used(command, variables, name)
            if name in variables.winning:
                variables.winning[name].active = True
                command.words.extend(variables.winning[name].words)
            # Not one of the arguments, but a word of the line: the removal of words beside it needs it.
            place.words.append(word)
            continue
        expanded = word if is_literal else _substitute(command, word, variables)
        place.words.append(expanded)
        command.words.append(expanded)


def program_name(path: str) -> str:
    """The name of a program, of its path."""
    return path.rsplit("/", 1)[-1]


def _note_used(command: Command, variables: _Variables, name: str) -> None:
    for place in variables.of_name(name):
        place.used = True
        if place not in command.places:
            command.places.append(place)


def _substitute(command: Command, word: Word, variables: _Variables) -> Word:
    """Replace ${NAME} and $$ inside one word; systemd does not replace a bare $NAME there."""
    if "$" not in word.text:
        return word
    result = Word(word.path, word.start)
    result.end, result.place = word.end, word.place
    index = 0
    for match in re.finditer(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}", word.text):
        for position in range(index, match.start()):
            result.add(word.text[position], word.at[position])
        index = match.end()
        span = (word.path, word.at[match.start()][1], word.at[match.end() - 1][2])
        if match.group(0) == "$$":
            result.add("$", span)
            continue
        name = match.group(1)
        if name in variables.winning:
            variables.winning[name].active = True
            value = variables.winning[name].value
            for position, char in enumerate(value.text):
                result.add(char, value.at[position], span)
        for place in variables.of_name(name):
            place.used = True
    for position in range(index, len(word.text)):
        result.add(word.text[position], word.at[position])
    if re.search(r"\$[A-Za-z_]", word.text):
        command.oddities.append(
            "{0}: systemd does not replace the variable in {1!r}: it must stand alone or be written ${{NAME}}".format(
                word.path, word.text[:80]
            )
        )
    return result
