# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row of the table of Docker's settings says. Pure: no I/O.

The rows stand in docker_settings. Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple, Union

    Facts = Dict[str, Any]
    # What of a value concerns pods: a value for each finding, none where nothing is lost.
    Concern = Callable[[Any, "Context"], List[Any]]
    Outcome = Union["Unaffected", "CarriedOver", "Reported"]

# How a setting is written. BOOL: a flag without a value is true. LIST and those below: the flag may be repeated.
# docker_types says which values of daemon.json are of a kind. SIZE: a text with a unit, also where it is bytes.
BOOL, NUMBER, TEXT, SIZE = "bool", "number", "text", "size"
# LIST: of texts. MAP: of anything; TEXTS: of texts; FLAGS: of true and false; TABLES: of maps of texts.
LIST, MAP, TEXTS, FLAGS, TABLES = "list", "map", "texts", "flags", "tables"
ULIMITS, RUNTIMES, POOLS = "ulimits", "runtimes", "pools"
# An object whose members have flags and variables of their own, as `proxies` has.
GROUP = "group"
# An object or a text or a number, of which nothing is read.
ANY = "any"

UNSET: "Tuple[Any, ...]" = (None, False, 0, "", [], {})


class Context:
    """What else a row may need to know: the node's facts, the other settings, and what the target does.

    ``info``: of node_runtime_info; ``default_program``: by which the target starts pods, its path or its name.
    """

    def __init__(self, info: "Facts", default_program: str = "") -> None:
        self.info, self.default_program = info, default_program
        self.settings: "Facts" = dig(info, "docker.settings", {})

    def value(self, name: str, default: "Any" = None) -> "Any":
        """The value of another setting."""
        return (self.settings.get(name) or {}).get("value", default)


class Unaffected:
    """It means nothing to a pod; the row's meaning says why."""


class CarriedOver:
    """Every target does the same. ``by``: by which means, for a sentence that begins with "carried over by"."""

    def __init__(self, by: str) -> None:
        self.by = by


class Reported:
    """The preflight reports it.

    ``level``, ``token``, ``message``, ``remedy``, ``allow``: as _common.findings.finding() takes them. In both texts
    may stand %(value)s, and of the target %(title)s, %(unit)s, %(store)s, %(registries)s and %(certificates)s.
    """

    def __init__(self, level: str, token: str, message: str, remedy: str, allow: "Optional[str]" = None) -> None:
        self.level, self.token, self.message, self.remedy, self.allow = level, token, message, remedy, allow


class Setting:
    """One setting of dockerd.

    ``name``: as daemon.json and the facts have it; ``meaning``: what it does for a pod, one sentence that goes on
    after the name; ``outcome``: what becomes of it; ``kind``: how it is written.
    ``keys``: of daemon.json, if not the name alone; () if it has none. ``flags``, ``short``: of the command line, if
    not the name alone; ``short`` is that of the last flag. Where a flag has the name of no key, daemon.json may have
    it, and dockerd ignores it there.
    ``variables``: of the environment; ``ignored``: variables whose value says nothing, and with a * at its end all that
    begin so; ``members``: of a GROUP, {name: variables}; ``defaults``: values that dockerd has anyway; ``merges``:
    whether daemon.json and flags may both have it.
    ``concern``: what of a value is reported; without one all of it, unless it is a default.
    ``title``: its first cell in the documents, where the name is no setting.
    """

    def __init__(
        self,
        name: str,
        meaning: str,
        outcome: "Outcome",
        kind: str = TEXT,
        keys: "Optional[Iterable[str]]" = None,
        flags: "Optional[Iterable[str]]" = None,
        short: str = "",
        variables: "Iterable[str]" = (),
        ignored: "Iterable[str]" = (),
        members: "Optional[Mapping[str, Iterable[str]]]" = None,
        defaults: "Iterable[Any]" = (),
        merges: bool = False,
        concern: "Optional[Concern]" = None,
        title: str = "",
    ) -> None:
        self.name, self.meaning, self.outcome, self.kind, self.title = name, meaning, outcome, kind, title
        self.keys: "Tuple[str, ...]" = (name,) if keys is None else tuple(keys)
        self.members: "Dict[str, Tuple[str, ...]]" = {key: tuple(names) for key, names in (members or {}).items()}
        self.flags: "Tuple[str, ...]" = tuple(self.members) or (name,) if flags is None else tuple(flags)
        self.short, self.merges = short, merges
        self.variables, self.ignored = tuple(variables), tuple(ignored)
        self.defaults, self._concern = list(defaults), concern

    def concerns(self, value: "Any", context: Context) -> "List[Any]":
        """What of a value the preflight reports: a value for each finding."""
        if value in UNSET or value in self.defaults:
            return []
        return self._concern(value, context) if self._concern else [value]

    def keys_of(self, flag: str) -> "Tuple[str, ...]":
        """The keys of daemon.json that dockerd does not take together with a flag, as it is written with its dashes.

        Of several flags each belongs to the key of its name (moby 20.10, findConfigurationConflicts).
        """
        name = flag[2:] if flag.startswith("--") else (self.flags or ("",))[-1]
        return (name,) if self.kind == GROUP or (len(self.flags) > 1 and name in self.keys) else self.keys

    def all_variables(self) -> "List[str]":
        """The variables of the environment that belong to it."""
        return list(self.variables + self.ignored) + [name for names in self.members.values() for name in names]


def shown(value: "Any") -> str:
    """A value for a sentence."""
    return listed(value if isinstance(value, (list, tuple)) else sorted(value) if isinstance(value, dict) else [value])
