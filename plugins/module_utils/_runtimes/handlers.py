# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runtime handlers as an operator declares them (switchover_handlers): read, and handed on. Pure: no I/O.

What may be declared stands in handler_declaration, how a runtime gets it in handler_tables, and whether a handler fits
a node in handler_checks. Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_declaration import (
    problems,
    true_or_false,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

    # {name, runtime, default, optional, options, runtime_class}
    Handler = Dict[str, Any]

DEFAULT = [{"name": "runc", "runtime": "runc", "default": True}]
SHIM = "containerd-shim-runsc-v1"
RUNSC_TYPE = "io.containerd.runsc.v1"


class HandlersError(ValueError):
    """The declaration cannot be used; ``problems`` has all that is wrong with it, as sentences."""

    def __init__(self, problems: "List[str]") -> None:
        ValueError.__init__(self, "; ".join(problems))
        self.problems = list(problems)


def parse(declared: "Optional[List[Dict[str, Any]]]") -> "List[Handler]":
    """The declared handlers with all keys filled in, the default first; without a declaration runc alone.

    Raises HandlersError.
    """
    declared = declared or DEFAULT
    wrong = problems(declared)
    if wrong:
        raise HandlersError(wrong)
    return sorted((_filled_in(entry) for entry in declared), key=lambda handler: not handler["default"])


def _filled_in(entry: "Dict[str, Any]") -> "Handler":
    options = dict(entry.get("options") or {})
    if entry["runtime"] == "runsc":
        options.setdefault("source", "installed")
        options.setdefault("platform", "systrap")
        if options["source"] == "package":
            options.setdefault("package", "runsc")
    default = true_or_false(entry, "default")
    given = entry.get("runtime_class") or {}
    return {
        "name": entry["name"],
        "runtime": entry["runtime"],
        "default": default,
        "optional": true_or_false(entry, "optional"),
        "options": options,
        # Pods get the default without asking, so it has a RuntimeClass only where one is given.
        "runtime_class": dict(given, name=given.get("name") or entry["name"]) if given or not default else None,
    }


def programs(handlers: "List[Handler]") -> "Dict[str, str]":
    """{program: path, or "" to search for it} that node_runtime_info is to look for on the node."""
    found = {}
    for handler in handlers:
        found[handler["runtime"]] = handler["options"].get("binary") or ""
        if handler["runtime"] == "runsc":
            found[SHIM] = handler["options"].get("shim") or ""
    return found


def plan_handler(handler: "Handler") -> "Dict[str, Any]":
    """A handler as the switch's plan has it; runc under its own name is a name and nothing else."""
    entry = {"name": handler["name"]}
    if handler["runtime"] != handler["name"] or handler["runtime"] != "runc":
        entry["runtime"] = handler["runtime"]
    if handler["optional"]:
        entry["optional"] = True
    if handler["runtime_class"]:
        entry["runtime_class"] = handler["runtime_class"]["name"]
    return entry


def packages(handlers: "List[Handler]") -> "List[str]":
    """Packages that may be installed for the handlers. gVisor's is none: its script would edit Docker's files."""
    names = [handler["runtime"] for handler in handlers if not handler["options"].get("binary")]
    return [name for name in ("runc", "crun") if name in names]


def hide_urls(module: "Any", declared: "Any") -> None:
    """Let an AnsibleModule mask the URLs of a declaration, which may have credentials, and nothing else of it.

    Its option must have no_log, so that the log of the machine has none of it. Then Ansible would mask every word of it
    in the result, such as "runc".
    """
    for text in _texts(declared):
        if "://" not in text:
            module.no_log_values.discard(text)


def _texts(value: "Any") -> "Iterator[str]":
    """What Ansible masks of an option: the values in it, not the keys."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)


def runtime_class(handler: "Handler") -> "Optional[Dict[str, Any]]":
    """The RuntimeClass object (node.k8s.io/v1) of a handler, or None where it needs none."""
    given = handler["runtime_class"]
    if not given:
        return None
    body = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": given["name"], "labels": {"app.kubernetes.io/managed-by": "cri.switchover"}},
        "handler": handler["name"],
    }
    if given.get("overhead"):
        body["overhead"] = {"podFixed": {name: str(amount) for name, amount in given["overhead"].items()}}
    if given.get("scheduling"):
        body["scheduling"] = given["scheduling"]
    return body


def runtime_classes(
    declarations: "Iterable[Optional[List[Dict[str, Any]]]]",
) -> "Tuple[List[Dict[str, Any]], List[str]]":
    """([RuntimeClass objects], [problems]) for the declarations of all hosts: the objects belong to the cluster.

    Raises HandlersError when one of the declarations cannot be used.
    """
    objects: "Dict[str, Dict[str, Any]]" = {}
    wrong: "List[str]" = []
    for declared in declarations:
        for body in filter(None, map(runtime_class, parse(declared))):
            name = body["metadata"]["name"]
            if objects.setdefault(name, body) != body:
                text = "the hosts' handlers give two different RuntimeClasses %s" % name
                wrong += [text] if text not in wrong else []
    return [objects[name] for name in sorted(objects)], wrong
