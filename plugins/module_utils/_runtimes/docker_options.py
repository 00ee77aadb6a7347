# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node's dockerd is set up: the table docker_settings, filled from files, flags and environment. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.

How dockerd reads them: moby 20.10, daemon/config/config.go, getConflictFreeConfiguration and
findConfigurationConflicts; of flags github.com/spf13/pflag.
"""

from ansible_collections.cri.switchover.plugins.module_utils._facts import masking
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_settings, docker_types
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    BOOL,
    FLAGS,
    GROUP,
    LIST,
    MAP,
    NUMBER,
    POOLS,
    RUNTIMES,
    TABLES,
    TEXTS,
    ULIMITS,
    UNSET,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.docker_sources import Sources
    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import Setting

    Facts = Dict[str, Any]
    # A value, and where it stands.
    Found = Tuple[Any, str]
    # A ulimit's name, and {soft, hard}.
    Limit = Tuple[str, Dict[str, int]]

_TRUE = ("1", "t", "true")


def read(sources: "Sources") -> "Facts":
    """{settings, conflicts, doubled, mistyped}: what is set, and what keeps dockerd from starting again.

    settings: {row, or a name that no row has: {value, sources}}, without secrets. conflicts: keys of daemon.json that a
    flag sets as well; doubled: settings that it has under two names; mistyped: what has a value of the wrong type.
    dockerd refuses all three.
    """
    flags = list(read_flags(sources.argv))
    facts: "Facts" = {"settings": {}, "conflicts": [], "doubled": [], "mistyped": []}
    for row in docker_settings.ROWS:
        found = list(_of_row(row, sources, flags, facts))
        if row.name in sources.found:
            found.append(sources.found[row.name])
        _add(facts["settings"], row, found)
        doubled = [key for key in row.keys if sources.keys.get(key) not in UNSET]
        facts["doubled"] += [" and ".join(doubled)] if len(doubled) > 1 else []
    known = docker_settings.known_keys()
    for key in sources.keys:
        if key not in known and sources.keys[key] not in UNSET:
            facts["settings"][key] = {"value": masking.mask(sources.keys[key], key), "sources": [sources.path]}
    for flag, text in flags:
        name = flag.lstrip("-")
        if flag not in docker_settings.by_flag() and text.lower() != "false":
            facts["settings"][name] = {"value": masking.mask(text, name), "sources": [flag]}
    _add_answers(facts["settings"], sources.answers)
    return facts


def read_flags(argv: "Sequence[str]") -> "Iterator[Tuple[str, str]]":
    """(flag with its dashes, text) of a command line, in its order; a flag that takes no value has "true"."""
    rows, words = docker_settings.by_flag(), list(argv[1:])
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            flag, joined, text = word.partition("=")
            yield flag, text if joined else _next(flag, rows, words)
        elif word.startswith("-"):
            yield from _read_letters(word[1:], rows, words)


def _read_letters(letters: str, rows: "Mapping[str, Setting]", words: "List[str]") -> "Iterator[Tuple[str, str]]":
    """Short flags in one word: -D, -Dl debug, -Hfd://, -H=fd://."""
    while letters:
        flag, letters = "-" + letters[0], letters[1:]
        if letters and (letters[0] == "=" or not (flag in rows and rows[flag].kind == BOOL)):
            yield flag, letters[1:] if letters[0] == "=" else letters
            return
        yield flag, _next(flag, rows, [] if letters else words)


def _next(flag: str, rows: "Mapping[str, Setting]", words: "List[str]") -> str:
    """The value of a flag that no = follows: the next word, if it takes one. Of an unknown flag nobody knows that."""
    if flag in rows:
        return "true" if rows[flag].kind == BOOL else (words.pop(0) if words else "")
    return words.pop(0) if words and not words[0].startswith("-") else "true"


# --- one row


def _of_row(row: "Setting", sources: "Sources", flags: "List[Tuple[str, str]]", facts: "Facts") -> "Iterator[Found]":
    """What sets it, what counts most first; adds to the conflicts and the mistyped of ``facts``."""
    names = ["--" + flag for flag in row.flags] + ["-" + letter for letter in row.short]
    given = [(flag, text) for flag, text in flags if flag in names]
    if given:
        yield _from_texts(row, given), given[-1][0]
    for key in row.keys:
        if key not in sources.keys:
            continue
        wrong = mistyped(row, key, sources.keys[key])
        if wrong:
            facts["mistyped"] += wrong
            continue
        facts["conflicts"] += _conflicts(row, key, sources.keys[key], given)
        if sources.keys[key] is not None:
            yield _from_file(row.kind, sources.keys[key]), sources.path
    for name, variable in _variables(row, sources.variables):
        text = sources.variables[variable]
        yield ({name: text} if row.kind == GROUP else True if row.kind == BOOL else text), variable


def _conflicts(row: "Setting", key: str, value: "Any", given: "List[Tuple[str, str]]") -> "List[str]":
    """Names under which daemon.json has what a flag has, too."""
    seen = {name for flag, _text in given for name in row.keys_of(flag)}
    if row.merges:
        return []
    return [name for name in (sorted(value) if row.kind == GROUP else [key]) if name in seen]


def _variables(row: "Setting", variables: "Mapping[str, str]") -> "Iterator[Tuple[str, str]]":
    """(member of a group, or "", variable) of each that is set; an empty variable is none."""
    for name in row.variables:
        if variables.get(name):
            yield "", name
    for member in sorted(row.members):
        name = next((name for name in row.members[member] if variables.get(name)), "")
        if name:
            yield member, name


def _add(settings: "Facts", row: "Setting", found: "List[Found]") -> None:
    """Enter what was found of a row; the first counts, or all together where they merge."""
    found = [(value, source) for value, source in found if value not in UNSET]
    if not found:
        return
    value = found[0][0]
    if row.merges or row.kind == GROUP:
        value = {}
        for part, _source in reversed(found):
            value.update(part)
    settings[row.name] = {"value": masking.mask(value, row.name), "sources": [source for _value, source in found]}


def _add_answers(settings: "Facts", answers: "Facts") -> None:
    """Put in what the running daemon says; True says only that it is set, which its files say better."""
    for row in docker_settings.ROWS:
        value = answers.get(row.name)
        if value in UNSET or (value in row.defaults and row.name not in settings):
            continue
        entry = settings.setdefault(row.name, {"value": value, "sources": ["docker info"]})
        if isinstance(value, dict):
            # It does not say all of them: of proxies only those that it knows.
            entry["value"] = masking.mask(dict(entry["value"], **value), row.name)
        elif value is not True:
            entry["value"] = masking.mask(value, row.name)


# --- kinds of values


def mistyped(row: "Setting", key: str, value: "Any") -> "List[str]":
    """What is wrong with the type of a key's value in daemon.json, in dockerd's eyes."""
    if row.kind == GROUP:
        return list(docker_types.group_problems(row.flags, docker_settings.known_keys(), value, key))
    return list(docker_types.problems(row.kind, value, key))


def _from_file(kind: str, value: "Any") -> "Any":
    if kind == ULIMITS:
        return dict(filter(None, (_ulimit(name, limit) for name, limit in value.items())))
    if kind == RUNTIMES:
        return {name: _runtime(runtime) for name, runtime in value.items()}
    # Go reads null as an empty text.
    if kind == TEXTS:
        return {name: value[name] or "" for name in value}
    return [_without_slash(item or "") for item in value] if kind == LIST else value


def _from_texts(row: "Setting", given: "List[Tuple[str, str]]") -> "Any":
    """The value of a flag, given one or several times."""
    texts = [text for _flag, text in given]
    if row.kind in (LIST, POOLS, TABLES):  # the latter two are not read any further
        return [_without_slash(text) for text in texts]
    if row.kind == BOOL:
        return texts[-1].lower() in _TRUE
    if row.kind == GROUP:
        return {flag.lstrip("-"): text for flag, text in given if text}
    if row.kind in (MAP, TEXTS, FLAGS):
        parts = [text.partition("=") for text in texts]
        return {name: value if separator else "true" for name, separator, value in parts}
    if row.kind == NUMBER:
        return _number(texts[-1])
    if row.kind == ULIMITS:
        return dict(filter(None, map(_ulimit_of_text, texts)))
    if row.kind == RUNTIMES:
        return {text.partition("=")[0].strip().lower(): _runtime({"path": text.partition("=")[2]}) for text in texts}
    return texts[-1]


def _number(text: str) -> "Any":
    """The number that a flag's text is; the text itself where Python reads it otherwise than Go."""
    try:
        return int(text, 0)
    except ValueError:
        return text


def _without_slash(item: "Any") -> "Any":
    """A mirror as it is written in daemon.json, and as Docker gives it: https://mirror.example and the same with /."""
    return item.rstrip("/") if isinstance(item, str) and item.startswith(("http://", "https://")) else item


def _ulimit(name: str, limit: "Any") -> "Optional[Limit]":
    """(name, {soft, hard}) of an entry of daemon.json, whose keys may be of any case (Go's encoding/json)."""
    if not isinstance(limit, dict):
        return None
    fields = {str(key).lower(): value for key, value in limit.items()}
    return fields.get("name") or name, {"soft": fields.get("soft") or 0, "hard": fields.get("hard") or 0}


def _ulimit_of_text(text: str) -> "Optional[Limit]":
    """(name, {soft, hard}) of nofile=1024:4096, or nofile=1024 for both (docker/go-units, ParseUlimit)."""
    name, _separator, limits = text.partition("=")
    soft, _separator, hard = limits.partition(":")
    try:
        return name, {"soft": int(soft), "hard": int(hard or soft)}
    except ValueError:
        return None


def _runtime(runtime: "Any") -> "Facts":
    """{path, args} of an OCI runtime; ``path`` is empty for one that containerd has a shim for."""
    fields = {key.lower(): runtime[key] for key in runtime} if isinstance(runtime, dict) else {}
    found: "Facts" = {"path": fields.get("path") or ""}
    if fields.get("runtimeargs"):
        found["args"] = fields["runtimeargs"]
    return found
