# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runtime handlers that an operator declares (switchover_handlers): what may be said, and how a target is told.
Pure: no I/O. Whether they fit a host and each other is judged in handler_checks.py.

Private to this collection: there is no promise that it stays as it is.
"""

import re

RUNTIMES = ("runc", "crun", "runsc")
DEFAULT = [{"name": "runc", "runtime": "runc", "default": True}]
KEYS = ("name", "runtime", "default", "optional", "options", "runtime_class")
PLATFORMS = ("systrap", "kvm", "ptrace")
# Where runsc and its shim come from: they are there already, a package, or files by path (on the controller) or URL.
SOURCES = ("installed", "package", "files")
# These have to agree with the node: they are not the operator's to say.
OWN_FLAGS = {"systemd-cgroup": "it follows kubelet's cgroup driver", "platform": "it has an option of its own"}
SHIM = "containerd-shim-runsc-v1"
RUNSC_TYPE = "io.containerd.runsc.v1"


class HandlersError(ValueError):
    """The declaration cannot be used; `problems` has all that is wrong with it."""

    def __init__(self, problems):
        ValueError.__init__(self, "; ".join(problems))
        self.problems = list(problems)


# --- what may be declared ---------------------------------------------------------------------------------------


def _path(value):
    fits = isinstance(value, str) and re.match(r"^/[^\s\x00-\x1f\"'\\]+$", value)
    return None if fits else "an absolute path"


def _words(value):
    fits = isinstance(value, list) and all(isinstance(item, str) and re.match(r"^[\w./*-]+$", item) for item in value)
    return None if fits else "a list of names of annotations, such as [dev.gvisor.*]"


def _one_of(words):
    return lambda value: None if value in words else "one of %s" % ", ".join(words)


def _origin(value):
    fits = isinstance(value, str) and re.match(r"^(/|https://)\S+$", value)
    return None if fits else "an absolute path on the machine that runs Ansible, or an https:// URL"


def _sha512(value):
    return None if isinstance(value, str) and re.match(r"^[0-9a-fA-F]{128}$", value) else "a SHA-512 of 128 hex digits"


def _package(value):
    fits = isinstance(value, str) and re.match(r"^[A-Za-z0-9][\w.+:~=-]*$", value)
    return None if fits else "the name of a package"


def _flags(value):
    if not isinstance(value, dict):
        return "a mapping of runsc's flags"
    for name in sorted(value, key=str):
        if name in OWN_FLAGS:
            return "runsc's flags without %s: %s" % (name, OWN_FLAGS[name])
        text = flag_text(value[name])
        if not re.match(r"^[A-Za-z][\w-]*$", str(name)) or text is None or re.search(r"[\x00-\x1f\x7f]", text):
            return "runsc's flags without dashes, each with a word, a number or true or false (not so: %s)" % name
    return None


def flag_text(value):
    """A value of [runsc_config] as text, which is the only type there; None when it can be none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int)) else None


_COMMON = {"binary": _path, "pod_annotations": _words}
OPTIONS = {
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
FILES = ("runsc_from", "runsc_sha512", "shim_from", "shim_sha512")


def _true_or_false(entry, key):
    value = entry.get(key, False)
    # -e name=value and surveys deliver text
    return {"true": True, "True": True, "false": False, "False": False}.get(value, value)


def _class_problems(value):
    if not isinstance(value, dict):
        return ["a mapping with name, overhead and scheduling"]
    wrong = []
    unknown = sorted(set(map(str, value)) - {"name", "overhead", "scheduling"})
    if unknown:
        wrong.append("nothing but name, overhead and scheduling (not: %s)" % ", ".join(unknown))
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


def _option_problems(where, runtime, options):
    if not isinstance(options, dict):
        return ["%s: options is %r, wanted: a mapping" % (where, options)]
    known = OPTIONS[runtime]
    wrong = []
    for name in sorted(options, key=str):
        if name not in known:
            wrong.append("%s: %s has no option %s; it has: %s" % (where, runtime, name, ", ".join(sorted(known))))
        elif known[name](options[name]):
            wrong.append("%s: option %s is %r, wanted: %s" % (where, name, options[name], known[name](options[name])))
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


def problems(declared):
    """What is wrong with a declaration, as sentences; empty when all is well."""
    if not isinstance(declared, list) or not declared:
        return ["wanted: a list of handlers, such as [{name: runc, runtime: runc, default: true}]"]
    wrong, names, defaults = [], [], []
    for number, entry in enumerate(declared, 1):
        where = "handler %d" % number
        if not isinstance(entry, dict):
            wrong.append("%s is %r, wanted: a mapping with name and runtime" % (where, entry))
            continue
        name, runtime = entry.get("name"), entry.get("runtime")
        # The API holds RuntimeClass.handler to a DNS label; both runtimes use it as a key of a table.
        if not (isinstance(name, str) and re.match(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name)):
            wrong.append("%s: name is %r, wanted: a DNS label (lower case, digits and -, 63 at most)" % (where, name))
        else:
            where = "handler %s" % name
            if name in names:
                wrong.append("%s is declared twice" % where)
            names.append(name)
        unknown = sorted(set(map(str, entry)) - set(KEYS))
        if unknown:
            wrong.append("%s has no %s; it has: %s" % (where, ", ".join(unknown), ", ".join(KEYS)))
        for key in ("default", "optional"):
            if not isinstance(_true_or_false(entry, key), bool):
                wrong.append("%s: %s is %r, wanted: true or false" % (where, key, entry[key]))
        if _true_or_false(entry, "default") is True:
            defaults.append(where)
            if _true_or_false(entry, "optional") is True:
                wrong.append("%s is the default: it cannot be optional" % where)
        if runtime not in RUNTIMES:
            wrong.append("%s: runtime is %r, wanted: one of %s" % (where, runtime, ", ".join(RUNTIMES)))
        else:
            wrong += _option_problems(where, runtime, entry.get("options") or {})
        for text in _class_problems(entry.get("runtime_class") or {}):
            wrong.append("%s: runtime_class: wanted: %s" % (where, text))
    if len(defaults) != 1:
        told = ", ".join(defaults) or "none has default: true"
        wrong.append("exactly one handler is the default, which pods without a RuntimeClass get (here: %s)" % told)
    return wrong + _class_clashes(declared if not wrong else [])


def _class_clashes(declared):
    """Two handlers cannot share a RuntimeClass: its handler can never be changed."""
    seen, wrong = {}, []  # type: dict, list
    for entry in declared:
        name = (entry.get("runtime_class") or {}).get("name") or entry["name"]
        if name in seen:
            wrong.append("handlers %s and %s both have the RuntimeClass %s" % (seen[name], entry["name"], name))
        seen[name] = entry["name"]
    return wrong


def parse(declared):
    """The declaration with all keys filled in, the default first. Raises HandlersError."""
    declared = declared or DEFAULT
    wrong = problems(declared)
    if wrong:
        raise HandlersError(wrong)
    handlers = []
    for entry in declared:
        options = dict(entry.get("options") or {})
        if entry["runtime"] == "runsc":
            options.setdefault("source", "installed")
            options.setdefault("platform", "systrap")
            if options["source"] == "package":
                options.setdefault("package", "runsc")
        default = _true_or_false(entry, "default")
        given = entry.get("runtime_class") or {}
        handlers.append(
            {
                "name": entry["name"],
                "runtime": entry["runtime"],
                "default": default,
                "optional": _true_or_false(entry, "optional"),
                "options": options,
                # Pods get the default without asking, so that one has a RuntimeClass only where it is given.
                "runtime_class": dict(given, name=given.get("name") or entry["name"]) if given or not default else None,
            }
        )
    return sorted(handlers, key=lambda handler: not handler["default"])


# --- containerd -------------------------------------------------------------------------------------------------


def runsc_config_path(name):
    return "/etc/containerd/runsc.toml" if name == "runsc" else "/etc/containerd/runsc-%s.toml" % name


def containerd_runtime(handler, systemd_cgroup, binaries=None):
    """The table ...containerd.runtimes.NAME; its form is the same in all releases from 1.6 on.

    ``binaries``: {program: path} on the node. runc is found by its shim; of crun the shim must be told.
    """
    options = handler["options"]
    binary = options.get("binary") or (binaries or {}).get(handler["runtime"])
    extra = {"pod_annotations": options["pod_annotations"]} if options.get("pod_annotations") else {}
    if handler["runtime"] == "runsc":
        path = runsc_config_path(handler["name"])
        # Without TypeUrl the shim takes no file, and containerd hands on none.
        shim = {"runtime_path": options["shim"]} if options.get("shim") else {}
        return dict(
            extra,
            runtime_type=RUNSC_TYPE,
            **dict(shim, options={"TypeUrl": RUNSC_TYPE + ".options", "ConfigPath": path}),
        )
    given = {"SystemdCgroup": systemd_cgroup}
    if handler["runtime"] == "crun":
        given["BinaryName"] = binary or "crun"
    elif options.get("binary"):
        given["BinaryName"] = binary
    return dict(extra, runtime_type="io.containerd.runc.v2", options=given)


def containerd_runtimes(handlers, systemd_cgroup, binaries=None):
    """{default_runtime_name, runtimes} of containerd's CRI plugin."""
    return {
        "default_runtime_name": next(handler["name"] for handler in handlers if handler["default"]),
        "runtimes": {handler["name"]: containerd_runtime(handler, systemd_cgroup, binaries) for handler in handlers},
    }


def runsc_toml(handler, systemd_cgroup, binary=None, grouping=False):
    """The shim's own file as nested dicts. Everything in [runsc_config] is text, and becomes a flag of runsc.

    ``grouping``: for CRI-O, whose shims belong to a pod only with it (gVisor's guide for CRI-O).
    """
    options = handler["options"]
    path = options.get("binary") or binary
    flags = {name: flag_text(options["flags"][name]) for name in sorted(options.get("flags") or {})}
    flags["platform"] = options["platform"]
    flags["systemd-cgroup"] = flag_text(systemd_cgroup)
    # With the path said, it does not matter whether runsc is in containerd's PATH; the shim still has to be.
    top = {"binary_name": path} if path else {}
    if grouping:
        top["grouping"] = True
    return dict(top, runsc_config=flags)


# --- CRI-O ------------------------------------------------------------------------------------------------------


def crio_config_path(name):
    return "/etc/crio/runsc.toml" if name == "runsc" else "/etc/crio/runsc-%s.toml" % name


def crio_runtime(handler, binaries):
    """The table [crio.runtime.runtimes.NAME] as a dict. ``binaries``: {program: path} on the node."""
    options = handler["options"]
    annotations = {"allowed_annotations": options["pod_annotations"]} if options.get("pod_annotations") else {}
    if handler["runtime"] == "runsc":
        # gVisor has no process that conmon could be the parent of: only the shim works (cri-o #9974, gVisor #10313).
        return dict(
            annotations,
            runtime_type="vm",
            runtime_path=options.get("shim") or binaries.get(SHIM) or "/usr/local/bin/" + SHIM,
            runtime_root="/run/runsc",
            runtime_config_path=crio_config_path(handler["name"]),
        )
    path = options.get("binary") or binaries.get(handler["runtime"]) or "/usr/bin/" + handler["runtime"]
    monitor = {"monitor_path": binaries["conmon"]} if binaries.get("conmon") else {}
    return dict(
        dict(annotations, **monitor),
        runtime_type="oci",
        runtime_path=path,
        runtime_root="/run/" + handler["runtime"],
    )


def crio_runtimes(handlers, binaries):
    """{default_runtime, runtimes} of [crio.runtime]."""
    return {
        "default_runtime": next(handler["name"] for handler in handlers if handler["default"]),
        "runtimes": {handler["name"]: crio_runtime(handler, binaries) for handler in handlers},
    }


def programs(handlers):
    """{program: path, or "" to look for it} that node_runtime_info is to look at."""
    found = {}
    for handler in handlers:
        found[handler["runtime"]] = handler["options"].get("binary") or ""
        if handler["runtime"] == "runsc":
            found[SHIM] = handler["options"].get("shim") or ""
    return found


# --- Kubernetes -------------------------------------------------------------------------------------------------


def runtime_class(handler):
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


def runtime_classes(declarations):
    """([objects], [problems]) for the handlers of all hosts: the objects belong to the cluster, not to a host."""
    objects, wrong = {}, []  # type: dict, list
    for declared in declarations:
        for body in filter(None, map(runtime_class, parse(declared))):
            name = body["metadata"]["name"]
            if objects.setdefault(name, body) != body:
                text = "the hosts' handlers give two different RuntimeClasses %s" % name
                wrong += [text] if text not in wrong else []
    return [objects[name] for name in sorted(objects)], wrong
