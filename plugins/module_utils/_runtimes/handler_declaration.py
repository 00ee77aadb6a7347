# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator may declare as runtime handlers (switchover_handlers), and what is wrong with it. Pure: no I/O.

Sentences have values and keys by spoken(): any of them may have become a URL with credentials, by a slip of the pen.

Private to this collection: there is no promise that it stays as it is.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common.text import spoken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

    # Says of a value what is wanted instead of it; None where it is fine.
    Rule = Callable[[Any], Optional[str]]

RUNTIMES = ("runc", "crun", "runsc")
KEYS = ("name", "runtime", "default", "optional", "options", "runtime_class")
PLATFORMS = ("systrap", "kvm", "ptrace")
# Where runsc and its shim come from: already on the node, a package, or files by path (on the controller) or URL.
SOURCES = ("installed", "package", "files")
FILES = ("runsc_from", "runsc_sha512", "shim_from", "shim_sha512")
# A URL, which may have credentials: no message and no record has it.
ORIGINS = ("runsc_from", "shim_from")
# These have to agree with the node: an operator cannot set them.
OWN_FLAGS = {"systemd-cgroup": "it follows kubelet's cgroup driver", "platform": "it has an option of its own"}


def problems(declared: "Any") -> "List[str]":
    """What is wrong with a declaration, as sentences; empty when all is well."""
    if not isinstance(declared, list) or not declared:
        return ["wanted: a list of handlers, such as [{name: runc, runtime: runc, default: true}]"]
    wrong: "List[str]" = []
    names: "List[str]" = []
    defaults: "List[str]" = []
    for number, entry in enumerate(declared, 1):
        where = "handler %d" % number
        if not isinstance(entry, dict):
            wrong.append("%s is %s, wanted: a mapping with name and runtime" % (where, spoken(entry)))
            continue
        where, found = _name_problems(where, entry.get("name"), names)
        wrong += found + _key_problems(where, entry)
        if true_or_false(entry, "default") is True:
            defaults.append(where)
            if true_or_false(entry, "optional") is True:
                wrong.append("%s is the default: it cannot be optional" % where)
        wrong += _runtime_problems(where, entry)
        for text in _class_problems(entry.get("runtime_class") or {}):
            wrong.append("%s: runtime_class: wanted: %s" % (where, text))
    if len(defaults) != 1:
        seen = ", ".join(defaults) or "none has default: true"
        wrong.append("exactly one handler is the default, which pods without a RuntimeClass get (here: %s)" % seen)
    return wrong or _class_clashes(declared)


def true_or_false(entry: "Dict[str, Any]", key: str) -> "Any":
    """The value of a key as a bool, false where it is absent; any other value as it stands."""
    value = entry.get(key, False)
    # -e name=value and surveys deliver text
    if value in ("true", "True"):
        return True
    return False if value in ("false", "False") else value


def flag_text(value: "Any") -> "Optional[str]":
    """A value of [runsc_config] as text, which is the only type there; None when it can be none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int)) else None


def _spoken_names(names: "Iterable[str]") -> str:
    """Keys, for a message."""
    return ", ".join(spoken(name, str) for name in sorted(names))


# --- the keys of a handler ---------------------------------------------------------------------------------------


def _name_problems(where: str, name: "Any", names: "List[str]") -> "Tuple[str, List[str]]":
    """(how messages call the handler, what is wrong); adds the name to those seen."""
    # The API holds RuntimeClass.handler to a DNS label; both runtimes use it as a key of a table.
    if not (isinstance(name, str) and re.match(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name)):
        text = "%s: name is %s, wanted: a DNS label (lower case, digits and -, 63 at most)"
        return where, [text % (where, spoken(name))]
    where = "handler %s" % name
    wrong = ["%s is declared twice" % where] if name in names else []
    names.append(name)
    return where, wrong


def _key_problems(where: str, entry: "Dict[str, Any]") -> "List[str]":
    wrong = []
    unknown = _spoken_names(set(map(str, entry)) - set(KEYS))
    if unknown:
        wrong.append("%s has no %s; it has: %s" % (where, unknown, ", ".join(KEYS)))
    for key in ("default", "optional"):
        if not isinstance(true_or_false(entry, key), bool):
            wrong.append("%s: %s is %s, wanted: true or false" % (where, key, spoken(entry[key])))
    return wrong


def _runtime_problems(where: str, entry: "Dict[str, Any]") -> "List[str]":
    runtime = entry.get("runtime")
    if runtime not in RUNTIMES:
        return ["%s: runtime is %s, wanted: one of %s" % (where, spoken(runtime), ", ".join(RUNTIMES))]
    return _option_problems(where, runtime, entry.get("options") or {})


# --- options of its runtime --------------------------------------------------------------------------------------


def _path(value: "Any") -> "Optional[str]":
    fits = isinstance(value, str) and re.match(r"^/[^\s\x00-\x1f\"'\\]+$", value)
    return None if fits else "an absolute path"


def _annotations(value: "Any") -> "Optional[str]":
    fits = isinstance(value, list) and all(isinstance(item, str) and re.match(r"^[\w./*-]+$", item) for item in value)
    return None if fits else "a list of names of annotations, such as [dev.gvisor.*]"


def _one_of(words: "Tuple[str, ...]") -> "Rule":
    return lambda value: None if value in words else "one of %s" % ", ".join(words)


def _origin(value: "Any") -> "Optional[str]":
    fits = isinstance(value, str) and re.match(r"^(/|https://)\S+$", value)
    return None if fits else "an absolute path on the machine that runs Ansible, or an https:// URL"


def _sha512(value: "Any") -> "Optional[str]":
    return None if isinstance(value, str) and re.match(r"^[0-9a-fA-F]{128}$", value) else "a SHA-512 of 128 hex digits"


def _package(value: "Any") -> "Optional[str]":
    fits = isinstance(value, str) and re.match(r"^[A-Za-z0-9][\w.+:~=-]*$", value)
    return None if fits else "the name of a package"


def _flags(value: "Any") -> "Optional[str]":
    if not isinstance(value, dict):
        return "a mapping of runsc's flags"
    for name in sorted(value, key=str):
        if name in OWN_FLAGS:
            return "runsc's flags without %s: %s" % (name, OWN_FLAGS[name])
        text = flag_text(value[name])
        if not re.match(r"^[A-Za-z][\w-]*$", str(name)) or text is None or re.search(r"[\x00-\x1f\x7f]", text):
            wanted = "runsc's flags without dashes, each with a word, a number or true or false (not so: %s)"
            return wanted % spoken(name, str)
    return None


_COMMON: "Dict[str, Rule]" = {"binary": _path, "pod_annotations": _annotations}
# {runtime: {option: its rule}}
OPTIONS: "Dict[str, Dict[str, Rule]]" = {
    "runc": _COMMON,
    "crun": _COMMON,
    "runsc": dict(
        _COMMON,
        shim=_path,
        platform=_one_of(PLATFORMS),
        flags=_flags,
        source=_one_of(SOURCES),
        package=_package,
        runsc_from=_origin,
        runsc_sha512=_sha512,
        shim_from=_origin,
        shim_sha512=_sha512,
    ),
}


def _option_problems(where: str, runtime: str, options: "Any") -> "List[str]":
    if not isinstance(options, dict):
        return ["%s: options is %s, wanted: a mapping" % (where, spoken(options))]
    known = OPTIONS[runtime]
    wrong = []
    for name in sorted(options, key=str):
        rule = known.get(name)
        wanted = rule(options[name]) if rule else None
        if not rule:
            text = "%s: %s has no option %s; it has: %s"
            wrong.append(text % (where, runtime, spoken(name, str), ", ".join(sorted(known))))
        elif wanted:
            seen = "a value that is not shown" if name in ORIGINS else spoken(options[name])
            wrong.append("%s: option %s is %s, wanted: %s" % (where, name, seen, wanted))
    given = [name for name in FILES if name in options]
    if options.get("source") == "files":
        missing = [name for name in FILES if name not in options]
        if missing:
            wrong.append("%s: source files needs %s too" % (where, ", ".join(missing)))
    elif given:
        wrong.append("%s: %s only count with source: files" % (where, ", ".join(given)))
    if "package" in options and options.get("source") != "package":
        wrong.append("%s: package only counts with source: package" % where)
    return wrong


# --- its RuntimeClass --------------------------------------------------------------------------------------------


def _class_problems(value: "Any") -> "List[str]":
    if not isinstance(value, dict):
        return ["a mapping with name, overhead and scheduling"]
    wrong = []
    unknown = _spoken_names(set(map(str, value)) - {"name", "overhead", "scheduling"})
    if unknown:
        wrong.append("nothing but name, overhead and scheduling (not: %s)" % unknown)
    name = value.get("name", "x")
    if not (isinstance(name, str) and re.match(r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$", name)):
        wrong.append("a name such as gvisor (lower case, digits, - and .)")
    overhead = value.get("overhead", {})
    # A quantity may come as a number: memory: 64 is 64 bytes, as it is for kubectl.
    if not (
        isinstance(overhead, dict)
        and all(re.match(r"^[0-9.]+([eE][0-9]+|m|[kMGTPE]i?|Ki)?$", str(amount)) for amount in overhead.values())
    ):
        wrong.append("overhead as resources with amounts, such as {cpu: 100m, memory: 64Mi}")
    scheduling = value.get("scheduling", {})
    if not (
        isinstance(scheduling, dict)
        and set(scheduling) <= {"nodeSelector", "tolerations"}
        and isinstance(scheduling.get("nodeSelector", {}), dict)
        and isinstance(scheduling.get("tolerations", []), list)
    ):
        wrong.append("scheduling as the API has it: nodeSelector and tolerations")
    return wrong


def _class_clashes(declared: "List[Dict[str, Any]]") -> "List[str]":
    """Two handlers cannot share a RuntimeClass: its handler can never be changed."""
    seen: "Dict[str, str]" = {}
    wrong = []
    for entry in declared:
        name = (entry.get("runtime_class") or {}).get("name") or entry["name"]
        if name in seen:
            wrong.append("handlers %s and %s both have the RuntimeClass %s" % (seen[name], entry["name"], name))
        seen[name] = entry["name"]
    return wrong
