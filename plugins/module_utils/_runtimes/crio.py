# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O as the target of a switch: its drop-in configuration, and all that goes with it. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.

What is said here of CRI-O was read in the source of 1.34.0 (pkg/config, internal/lib) and in crio.conf(5).
"""

import json
import re

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import (
    FOLDER,
    OWN,
    OWN_POLICY,
    ROOT,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd, handler_checks
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers as runtime_handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import images as image_lists

# Files of the folder are read in the order of their names, the last one counts. The packages' own is 10-crio.conf.
# Behind it there is room for the operator's: one that changes what is meant here shows in `check`.
CONFIG = FOLDER + "/" + OWN
REGISTRIES = "/etc/containers/registries.conf.d/" + OWN
POLICY = "/etc/containers/policy.json"
STORAGE = "/etc/containers/storage.conf"
# Newer packages of upstream's bring a network of CRI-O's own that counts (11-crio-ipv4-bridge.conflist). Staging leaves
# it out, and the next upgrade would bring it again, before a cluster's file of a later name.
DPKG = "/etc/dpkg/dpkg.cfg.d/cri-switchover"
SOCKET = "unix:///var/run/crio/crio.sock"
RUN_ROOT = "/run/containers/storage"
OLDEST = (1, 20)
# pinned_images came after 1.27.0 (cri-o issue 6835). Before, only kubelet's garbage collection can be told.
PINNED = (1, 28)
# crun is the default from this release on (cri-o 1.31's release notes).
CRUN = (1, 31)
# From here on a container's image is checked against signature_policy by the name in the pod, which kubelet tells from
# the same release on (cri-o pull request 7046, kubernetes pull request 118652). For an older kubelet every container
# fails where signature_policy is set, and CRI-O's packages set it. Without, /etc/containers/policy.json counts.
TOLD_IMAGES = (1, 28)
# Before, all of the storage went after an unclean end; from then on what is damaged (cri-o pull request 7190).
REPAIR = (1, 29)

# Docker's default set (moby, oci/caps/defaults.go). CRI-O leaves out AUDIT_WRITE, MKNOD, NET_RAW, SETFCAP and
# SYS_CHROOT (internal/config/capabilities): without them ping, chroot and some package managers fail in pods.
DOCKER_CAPABILITIES = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
RUNTIMES = ("crun", "runc")

# What an operator may set, and its default; None is what the node's facts say.
OPTIONS = {
    "pause_image": None,
    "default_runtime": None,
    "like_docker": True,
    "unqualified_registries": [],
    "root": None,
    "repair": None,
    "monitor_slice": "system.slice",
    # The operator's declaration (switchover_handlers); without one: what CRI-O's packages bring.
    "handlers": [],
}  # type: dict


class CrioConfigError(ValueError):
    """The facts or options do not allow a configuration."""


# --- what CRI-O prints ------------------------------------------------------------------------------------------


def _text(text):
    return json.loads('"%s"' % text)


def _read_value(text):
    if text in ("true", "false"):
        return text == "true"
    if re.match(r"^-?\d+$", text):
        return int(text)
    match = re.match(r'^"((?:[^"\\]|\\.)*)"$', text)
    # The template quotes plain values by hand: a backslash in one is no escape.
    return match.group(1).replace('\\"', '"') if match else None


def read_config(text):
    """{path: value} of what `crio config` (or `crio status config`) prints.

    It prints a value that equals the default as a comment, and between them explains each in a comment. A value's line
    is known by its form: a lower-case name, " = ", and something that is a value; of a name that comes twice, the last
    counts, since examples stand before the value.
    """
    found, path, items = {}, (), None
    for line in text.splitlines():
        line = re.sub(r"^# ?", "", line).rstrip()
        if items is not None:
            item = re.match(r'^\s*"((?:[^"\\]|\\.)*)",?$', line)
            if item:
                items.append(_text(item.group(1)))
                continue
            items = None
        header = re.match(r'^\[(crio(?:\.(?:[\w-]+|"[^"]*"))*)\]$', line)
        if header:
            path = tuple(part.strip('"') for part in re.findall(r'"[^"]*"|[^.]+', header.group(1)))
            continue
        name, separator, value = line.partition(" = ")
        if not separator or not re.match(r"^[a-z][a-z0-9_]*$", name):
            continue
        if value == "[":
            items = found[path + (name,)] = []
        elif _read_value(value) is not None:
            found[path + (name,)] = _read_value(value)
    return found


# --- the configuration ------------------------------------------------------------------------------------------


def _keep_storage(release):
    """What keeps CRI-O from removing images after an unclean end."""
    return {"internal_repair": False} if release >= REPAIR else {"clean_shutdown_file": ""}


def tree(settings):
    """The drop-in file as nested dicts."""
    runtime = {
        "cgroup_manager": settings["cgroup_manager"],
        # With cgroupfs anything but "pod" (or nothing) is refused at start; it then counts for every runtime.
        "conmon_cgroup": "pod" if settings["cgroup_manager"] == "cgroupfs" else settings["monitor_slice"],
        "default_runtime": settings["default_runtime"],
    }
    if settings["like_docker"]:
        runtime["default_capabilities"] = list(DOCKER_CAPABILITIES)
        runtime["default_ulimits"] = settings["ulimits"]
    if settings["runtimes"]:
        runtime["runtimes"] = settings["runtimes"]
    whole = {"runtime": runtime, "image": {"pause_image": settings["pause_image"]}}
    if settings["system_policy"]:
        whole["image"]["signature_policy"] = ""
    if settings["pinned_images"]:
        whole["image"]["pinned_images"] = settings["pinned_images"]
    whole["network"] = {"network_dir": settings["cni_conf_dir"], "plugin_dirs": settings["cni_bin_dirs"]}
    # Below [crio] itself stands what of it is not CRI-O's default.
    top = {}
    if settings["root"] != ROOT:
        top["root"] = settings["root"]
    if not settings["repair"]:
        top.update(_keep_storage(version(settings["version"])))
    return {"crio": dict(top, **whole)}


def render(settings):
    """The text of the drop-in file."""
    try:
        return containerd.BANNER + containerd.toml(tree(settings))
    except containerd.ContainerdConfigError as exc:
        raise CrioConfigError(str(exc).replace("containerd", "CRI-O")) from exc


def _same(path, seen, wanted):
    if path[-1] == "default_capabilities":
        return sorted(seen or []) == sorted(wanted)
    # Both CNI and storage folders may be shown with a slash at the end.
    if path[-1] in ("network_dir", "root"):
        return str(seen).rstrip("/") == wanted.rstrip("/")
    return seen == wanted


def check(printed, settings):
    """What the installed binary made of all its files (``crio config``) against what was meant: [str].

    CRI-O ignores keys that it does not know without a word, and a later file may say something else.
    """
    seen = read_config(printed)
    problems = []
    for path, wanted in containerd._leaves(tree(settings)):
        if not _same(path, seen.get(path), wanted):
            problems.append("%s is %r, wanted %r" % (".".join(path), seen.get(path), wanted))
    for handler in settings["handlers"]:
        if ("crio", "runtime", "runtimes", handler["name"], "runtime_path") not in seen:
            problems.append("there is no table crio.runtime.runtimes.%s" % handler["name"])
    return problems


# --- from facts -------------------------------------------------------------------------------------------------


def crio_version(info):
    """(text, installed): the version that will serve the node, installed or the packages' candidate."""
    if dig(info, "crio.installed"):
        return dig(info, "crio.version"), True
    return dig(info, "packages.candidates", {}).get("cri-o"), False


def missing_packages(info):
    """Packages that are not there yet: CRI-O, crictl, and what carries images to its storage."""
    packages = []
    if not dig(info, "crio.installed"):
        packages.append("cri-o")
        # Older repositories keep the OCI runtime, and its monitor, apart.
        if dig(info, "packages.candidates", {}).get("cri-o-runc") and not dig(info, "crio.programs.runc"):
            packages.append("cri-o-runc")
    elif not dig(info, "crio.programs.conmon") and not dig(info, "crio.programs.conmonrs"):
        packages.append("conmon")
    if not dig(info, "crio.programs.skopeo"):
        packages.append("skopeo")
    return packages + ([] if dig(info, "crictl.installed") else ["cri-tools"])


def local_images(info):
    """Full names of the images in Docker that no registry is known for: they must survive garbage collection."""
    images = [image for image in dig(info, "docker.images", []) if image.get("local_only")]
    return sorted(image_lists.full_name(tag)[0] for image in images for tag in image["tags"])


def pinned_images(info, local):
    """None where there is nothing to add: a list that comes again replaces the earlier one."""
    return sorted(set(local) | set(dig(info, "crio.config.pinned_images", []))) if local else []


def ulimits(info):
    """Docker's default ulimits as CRI-O has them: name=soft:hard."""
    found = dig(info, "docker.default_ulimits", {})
    return [
        "%s=%s:%s" % (name, found[name].get("Soft"), found[name].get("Hard"))
        for name in sorted(found)
        if isinstance(found[name], dict)
    ]


def counting_policies(info):
    """Of the files with a policy that are there (not our own) those that count, the first before all."""
    policies = dig(info, "crio.policies", [])
    return [item for item in policies if item["path"] == POLICY] if needs_system_policy(info) else policies


def needs_system_policy(info):
    """Whether CRI-O must go by the policy of all of containers/*, and have none of its own: see TOLD_IMAGES."""
    kubelet, crio = version(dig(info, "kubelet.version")), version(crio_version(info)[0])
    return bool(kubelet and crio) and kubelet < TOLD_IMAGES <= crio


def runtime_table(name, programs):
    table = {"runtime_path": programs[name], "runtime_type": "oci", "runtime_root": "/run/" + name}
    if programs.get("conmon"):
        table["monitor_path"] = programs["conmon"]
    return table


def _undeclared(info, chosen, release):
    """(tables, default, handlers) of what its files name; one whose program is not there CRI-O leaves out by itself.

    Whatever else lies about on the node, such as a crun that is too old, is nobody's handler, but for the default.
    Existing tables stay: one that comes again replaces the earlier as a whole, with all that the package allows in it.
    """
    existing, programs = dig(info, "crio.config.runtimes", {}), dig(info, "crio.programs", {})
    usual = dig(info, "crio.config.default_runtime") or ("crun" if release >= CRUN else "runc")
    default = chosen["default_runtime"] or usual
    tables = {}
    # What its packages bring is not known before they are there.
    if dig(info, "crio.installed") and default in RUNTIMES and default not in existing and programs.get(default):
        tables[default] = runtime_table(default, programs)
    known = sorted(set(tables) | set(name for name in existing if existing[name].get("exists")))
    if default in RUNTIMES and default not in known and not chosen["default_runtime"]:
        # Packages may name crun as the default, and be content with runc.
        default = next((name for name in RUNTIMES if name in known), default)
    if default not in known and (known or dig(info, "crio.installed")):
        raise CrioConfigError("the default runtime is %s, CRI-O would have %s" % (default, ", ".join(known) or "none"))
    return tables, default, [{"name": name} for name in known or [default]]


def _declared(info, chosen):
    """The same for what the operator declares: no more than that is proven, and it takes the place of tables there."""
    try:
        handlers = runtime_handlers.parse(chosen["handlers"])
    except runtime_handlers.HandlersError as exc:
        raise CrioConfigError("switchover_handlers: %s" % exc) from exc
    handlers, judged = handler_checks.usable(handlers, info, "crio")
    blocked = [item["text"] for item in judged if item["blocks"]]
    if blocked:
        raise CrioConfigError("; ".join(blocked))
    told = runtime_handlers.crio_runtimes(handlers, handler_checks.binaries(info))
    default = told["default_runtime"]
    if chosen["default_runtime"] not in (None, default):
        text = "switchover_handlers has %s as the default, target_crio_default_runtime %s"
        raise CrioConfigError(text % (default, chosen["default_runtime"]))
    return told["runtimes"], default, handlers


def settings_of(info, options=None):
    """The settings of ``render`` from a node's facts and the operator's options."""
    chosen = dict(OPTIONS)
    chosen.update((name, value) for name, value in (options or {}).items() if value not in (None, ""))
    unknown = sorted(set(chosen) - set(OPTIONS))
    if unknown:
        raise CrioConfigError("unknown options: %s" % ", ".join(unknown))
    found = version(crio_version(info)[0])
    if found is None:
        raise CrioConfigError("no version of CRI-O: neither installed nor offered by a package source")
    if found < OLDEST:
        raise CrioConfigError("CRI-O %s is not supported: 1.20 is the oldest" % ".".join(str(part) for part in found))
    driver = dig(info, "kubelet.cgroup_driver")
    if driver not in ("systemd", "cgroupfs"):
        raise CrioConfigError("kubelet's cgroup driver is not known (seen: %r)" % driver)
    chosen["pause_image"] = chosen["pause_image"] or dig(info, "kubelet.pause_image")
    if not chosen["pause_image"]:
        raise CrioConfigError("kubelet's pause image is not known: set switchover_pause_image")
    if not chosen["monitor_slice"].endswith(".slice"):
        raise CrioConfigError("conmon's cgroup has to be a slice of systemd, not %r" % chosen["monitor_slice"])
    local = local_images(info)
    if chosen["handlers"]:
        tables, default, handlers = _declared(info, chosen)
    else:
        tables, default, handlers = _undeclared(info, chosen, found)
    return dict(
        chosen,
        version=".".join(str(part) for part in found),
        cgroup_manager=driver,
        cni_bin_dirs=containerd.cni_dirs(info)[0],
        cni_conf_dir=dig(info, "kubelet.cni_conf_dir") or "/etc/cni/net.d",
        default_runtime=default,
        runtimes=tables,
        handlers=handlers,
        ulimits=ulimits(info),
        pinned_images=pinned_images(info, local) if found >= PINNED else [],
        system_policy=needs_system_policy(info),
        root=chosen["root"] or dig(info, "crio.storage.root") or ROOT,
        # After an unclean end CRI-O removes what it holds for damaged, and all of its storage where that fails. What no
        # registry has could not be pulled again: there it stays as it is, as with Docker.
        repair=chosen["repair"] if chosen["repair"] is not None else not local,
    )


def _storage(settings):
    return containerd.toml({"storage": {"driver": "overlay", "runroot": RUN_ROOT, "graphroot": settings["root"]}})


def contents(info, settings):
    """[(path, text)] of the files. policy.json and storage.conf belong to all of containers/*: only if absent."""
    files = [(CONFIG, render(settings))]
    if settings["unqualified_registries"]:
        text = containerd.toml({"unqualified-search-registries": settings["unqualified_registries"]})
        files.append((REGISTRIES, containerd.BANNER + text))
    if not counting_policies(info):
        files.append((POLICY, OWN_POLICY))
    if not dig(info, "crio.storage.file"):
        files.append((STORAGE, containerd.BANNER + _storage(settings)))
    if dig(info, "packages.manager") == "apt":
        files.append((DPKG, containerd.BANNER + "path-exclude=%s/*crio*\n" % settings["cni_conf_dir"].rstrip("/")))
    for handler in settings["handlers"]:
        if handler.get("runtime") == "runsc":
            table = runtime_handlers.runsc_toml(
                handler, settings["cgroup_manager"] == "systemd", handler_checks.binaries(info).get("runsc"), True
            )
            files.append(
                (runtime_handlers.crio_config_path(handler["name"]), containerd.BANNER + containerd.toml(table))
            )
    crictl = "runtime-endpoint: %s\nimage-endpoint: %s\ntimeout: 10\n" % (SOCKET, SOCKET)
    return files + [
        # dockerd had loaded and set these itself.
        (containerd.MODULES_FILE, containerd.BANNER + "".join(name + "\n" for name in containerd.MODULES)),
        (containerd.SYSCTL_FILE, containerd.BANNER + "".join("%s = 1\n" % name for name in containerd._sysctl(info))),
        (containerd.CRICTL_FILE, containerd.BANNER + crictl),
    ]


# CRI-O reads one folder of drop-ins, so the live ones and the staged one are laid side by side. Of what it prints only
# the lines with values are kept: with all its comments it is longer than what a module may answer.
_VALIDATE = """\
set -e
all=$(mktemp -d)
trap 'rm -rf "$all"' EXIT
mkdir "$all/d"
[ ! -d {folder} ] || cp -R {folder}/. "$all/d"
cp "$1{folder}"/* "$all/d"
[ ! -e /etc/crio/crio.conf ] || main=/etc/crio/crio.conf
"$2" --config "$main" --config-dir "$all/d" config > "$all/out"
sed -E -n '/^(# ?)?(\\[crio|[a-z_]+ = |[[:space:]]+"|\\]$)/p' "$all/out"
"""


def validation(binary):
    return ["/bin/sh", "-c", _VALIDATE.format(folder=FOLDER), "crio-config", "{staged}", binary]


def plan(info, options=None):
    """All that a node needs to run on CRI-O: packages, files, and how they are checked and put to use."""
    settings = settings_of(info, options)
    return {
        "runtime": "crio",
        "service": "crio.service",
        "socket": SOCKET,
        "version_prefix": "cri-o://",
        "version": settings["version"],
        "packages": missing_packages(info),
        "package_manager": dig(info, "packages.manager"),
        "settings": settings,
        "files": [{"path": path, "content": text, "mode": "0644"} for path, text in contents(info, settings)],
        # Only a look without changes comes here before CRI-O is installed.
        "validate": [validation(dig(info, "crio.binary") or "crio")] if dig(info, "crio.installed") else [],
        "modules": containerd.MODULES,
        "sysctl_files": [containerd.SYSCTL_FILE],
        "handlers": [containerd.plan_handler(item) if "runtime" in item else item for item in settings["handlers"]],
        # Where image_transfer writes.
        "store": settings["root"],
        "pause_image": settings["pause_image"],
        "crictl": dig(info, "crictl.path") or "/usr/bin/crictl",
    }
