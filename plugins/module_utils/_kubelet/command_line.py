# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line that a kubelet's unit gives it, and the file each of its flags comes from. Pure."""

import re

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_files import (
    ENV_NAME,
    Container,
    Text,
    Word,
    environment_files,
    parse_environment_file,
    parse_unit,
    split_value,
    split_words,
)

FLAG = re.compile(r"^--([A-Za-z0-9][A-Za-z0-9_-]*)(=(.*))?$", re.S)
EXEC_PREFIX = re.compile(r"^([@:+!|-]*)(.*)$", re.S)

# Programs that start what follows in their arguments and add nothing to it.
TRANSPARENT = ("env", "nice", "ionice", "chrt", "taskset", "numactl", "systemd-inhibit")
SHORT_FLAGS = {"v": "v", "h": "help"}


class Command:
    """The kubelet's command line as the unit gives it.

    binary: its path or None; words: arguments in order (Word); containers: every place the unit takes arguments from,
    those that do not win included; oddities: what was not understood.
    """

    def __init__(self):
        self.binary = None
        self.words = []
        self.containers = []
        self.exec_container = None
        self.oddities = []
        self._flags = None

    def flags(self):
        if self._flags is None:
            self._flags = parse_flags(self.words, self.oddities)
        return self._flags


class Flag:
    """One flag of a command line. name is normalised; words are one ("--a=b", "--a") or two ("--a", "b")."""

    __slots__ = ("name", "value", "words", "joined", "value_text")

    def __init__(self, name, value, words, joined, value_text):
        self.name, self.value, self.words, self.joined, self.value_text = name, value, words, joined, value_text


def parse_flags(words, oddities=None):
    """Group words into flags as the kubelet's parser does. A word that is no flag and no flag's value is odd."""
    oddities = [] if oddities is None else oddities
    flags, index = [], 0
    while index < len(words):
        word = words[index]
        text = word.text if isinstance(word, Text) else word
        index += 1
        match = FLAG.match(text)
        short = re.match(r"^-([vh])=?(.*)$", text, re.S)
        if match:
            name = match.group(1).replace("_", "-")
            if match.group(2) is not None:
                flags.append(Flag(name, match.group(3), [word], True, _tail(word, match.start(3))))
                continue
        elif short:
            name = SHORT_FLAGS[short.group(1)]
            if short.group(2):
                flags.append(Flag(name, short.group(2), [word], True, _tail(word, short.start(2))))
                continue
        else:
            oddities.append("stray word on the kubelet's command line: {0!r}".format(text[:80]))
            continue
        following = words[index] if index < len(words) else None
        following_text = following.text if isinstance(following, Text) else following
        if following_text is not None and not following_text.startswith("-"):
            flags.append(Flag(name, following_text, [word, following], False, following))
            index += 1
        else:
            flags.append(Flag(name, None, [word], False, None))
    return flags


def _tail(word, start):
    return word.cut(start) if isinstance(word, Text) else None


def expand(unit_texts, env_files):
    """The command line of a kubelet unit. unit_texts: [(path, text)], fragment first, then drop-ins as systemd reads
    them; env_files: {path: text} of the environment files that exist."""
    command = Command()
    units = [parse_unit(text, path) for path, text in unit_texts]
    executions: list = []
    environment: list = []
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
    variables = {}
    for container in environment:
        variables[container.variable] = container
    assignments = list(environment)
    for path, optional in environment_files(unit_texts):
        if any(char in path for char in "*?[%"):
            command.oddities.append("EnvironmentFile={0}: patterns and specifiers are not followed".format(path))
        if path not in env_files:
            if not optional:
                command.oddities.append("EnvironmentFile={0} does not exist: the unit cannot start".format(path))
            continue
        parsed = parse_environment_file(env_files[path], path)
        command.oddities.extend(parsed.oddities)
        for container in parsed.assignments:
            variables[container.variable] = container
            assignments.append(container)
    for name in unset:
        variables.pop(name.split("=")[0], None)
    if not executions:
        command.oddities.append("the unit has no ExecStart=")
        return command
    if len(executions) > 1:
        command.oddities.append(
            "the unit has {0} ExecStart= lines; the first that starts a kubelet counts".format(len(executions))
        )
    for unit, entry in executions:
        _expand_execution(command, unit, entry, variables, assignments)
        if command.binary:
            break
    return command


def _environment(unit, entry):
    containers = []
    for word in split_words(entry.value, unit.path):
        name, equals, _rest = word.text.partition("=")
        if not equals or not ENV_NAME.match(name):
            unit.oddities.append("{0}: Environment= holds no assignment: {1!r}".format(unit.path, word.text[:60]))
            continue
        value = word.cut(len(name) + 1)
        start = value.at[0][1] if value.at else word.at[len(name)][2]
        container = Container("environment", unit.path, name, value, start, word.end, word.insert_at, word.insert_quote)
        container.words = split_value(container)
        containers.append(container)
    return containers


def _expand_execution(command, unit, entry, variables, assignments):
    raw = split_words(entry.value, unit.path)
    if not raw:
        return
    prefix, binary = EXEC_PREFIX.findall(raw[0].text)[0]
    first = 2 if "@" in prefix else 1
    if _name(binary) != "kubelet":
        command.oddities.append(
            "{0}: the kubelet is started by a wrapper: {1}".format(
                unit.path, " ".join(word.text for word in raw[:3])[:120]
            )
        )
        inner = [index for index, word in enumerate(raw) if _name(word.text) == "kubelet"]
        if _name(binary) not in TRANSPARENT or not inner:
            return
        first = inner[0] + 1
        binary = raw[inner[0]].text
    container = Container("exec", unit.path, None, entry.value, raw[0].start, raw[-1].end, raw[-1].end, "")
    container.active = container.used = True
    container.lead = raw[first - 1].end
    command.binary, command.exec_container = binary, container
    command.containers.append(container)
    literal = ":" in prefix
    for word in raw[first:]:
        word.container = container
        if word.text == ";":
            command.oddities.append("{0}: ExecStart= holds several commands; only the first is read".format(unit.path))
            break
        single = re.match(r"^\$([A-Za-z_][A-Za-z0-9_]*)$", word.text)
        if single and not literal:
            name = single.group(1)
            _note_used(command, assignments, name)
            if name in variables:
                variables[name].active = True
                command.words.extend(variables[name].words)
            # Not one of the arguments, but a word of the line: removal of its neighbours needs it.
            container.words.append(word)
            continue
        expanded = word if literal else _substitute(command, word, variables, assignments)
        container.words.append(expanded)
        command.words.append(expanded)


def _name(path):
    return path.rsplit("/", 1)[-1]


def _note_used(command, assignments, name):
    for container in assignments:
        if container.variable == name:
            container.used = True
            if container not in command.containers:
                command.containers.append(container)


def _substitute(command, word, variables, assignments):
    """Replace ${NAME} and $$ inside one word; systemd does not replace a bare $NAME there."""
    if "$" not in word.text:
        return word
    result = Word(word.path, word.start)
    result.end, result.container = word.end, word.container
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
        if name in variables:
            variables[name].active = True
            value = variables[name].value
            for position, char in enumerate(value.text):
                result.add(char, value.at[position], span)
        for container in assignments:
            container.used = container.used or container.variable == name
    for position in range(index, len(word.text)):
        result.add(word.text[position], word.at[position])
    if re.search(r"\$[A-Za-z_]", word.text):
        command.oddities.append(
            "{0}: systemd does not replace the variable in {1!r}: it must stand alone or be written ${{NAME}}".format(
                word.path, word.text[:80]
            )
        )
    return result


def effective_flags(unit_texts, env_files, cmdline=None):
    """What the kubelet runs with and the file each flag comes from.

    unit_texts: [(path, text)] in systemd's order; env_files: {path: text}; cmdline: argv of the running kubelet.
    Returns {"argv": [...], "binary": path|None, "flags": [{"name", "value", "source", "variable"}], "oddities": [...]}.
    Names are without dashes and with "-" for "_". source is null for a flag that no file explains.
    """
    command = expand(unit_texts, env_files)
    planned = [
        {"name": flag.name, "value": flag.value, "source": _source(flag), "variable": flag.words[0].container.variable}
        for flag in command.flags()
    ]
    oddities = command.oddities
    if not cmdline:
        argv = ([command.binary] if command.binary else []) + [word.text for word in command.words]
        return {"argv": argv, "binary": command.binary, "flags": planned, "oddities": oddities}
    binary, arguments = split_cmdline(cmdline)
    running = [
        {"name": flag.name, "value": flag.value, "source": None, "variable": None}
        for flag in parse_flags(arguments, oddities)
    ]
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
    return {"argv": list(cmdline), "binary": binary, "flags": running, "oddities": oddities}


def split_cmdline(cmdline):
    """(binary, arguments) of a running kubelet: hyperkube's or a wrapper's own words are not arguments."""
    for index, word in enumerate(cmdline[:3]):
        if _name(word) == "kubelet":
            return word, cmdline[index + 1 :]
    return cmdline[0], cmdline[1:]


def _source(flag):
    """The file to change for this flag: that of its value where the value has one, else that of its name."""
    places = flag.value_text.at if flag.value_text is not None else []
    return places[0][0] if places else flag.words[0].path


def _same(flag, other):
    return flag["name"] == other["name"] and flag["value"] == other["value"]


def _same_but_for_specifiers(flag, other):
    return flag["name"] == other["name"] and "%" in (other["value"] or "")
