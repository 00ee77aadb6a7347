# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd as the target of a switch: its configuration for each release line, and all that goes with it.
Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import json
import re

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_checks
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers as runtime_handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import (
    containerd_package,
    containerd_version,
)

CONFIG = "/etc/containerd/config.toml"
MODULES_FILE = "/etc/modules-load.d/cri-switchover.conf"
# Read late: /etc/sysctl.conf (as 99-sysctl.conf) and most hardening files come before it.
SYSCTL_FILE = "/etc/sysctl.d/99-zz-cri-switchover.conf"
CRICTL_FILE = "/etc/crictl.yaml"
SOCKET = "unix:///run/containerd/containerd.sock"
MODULES = ["overlay", "br_netfilter"]
BANNER = "# Managed by the Ansible collection cri.switchover: the next switch of this node writes it anew.\n"

# What an operator may set, and its default; None is what the node's facts say.
OPTIONS = {
    "pause_image": None,
    "registry_config_path": "/etc/containerd/certs.d",
    "root": None,
    "snapshotter": "overlayfs",
    "imports": [],
    # The operator's declaration (switchover_handlers); without one: runc.
    "handlers": [],
}  # type: dict


class ContainerdConfigError(ValueError):
    """The facts or options do not allow a configuration."""


# --- TOML -------------------------------------------------------------------------------------------------------


def _key(name):
    return name if re.match(r"^[A-Za-z0-9_-]+$", name) else json.dumps(name)


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(_value(item) for item in value)
    text = str(value)
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ContainerdConfigError("a setting of containerd holds a control character: %r" % text)
    return json.dumps(text, ensure_ascii=False)


def toml(tree, path=()):
    """Nested dicts as TOML; values of a table before its tables."""
    lines = ["%s = %s" % (_key(name), _value(tree[name])) for name in tree if not isinstance(tree[name], dict)]
    if path and lines:
        lines = ["", "[%s]" % ".".join(_key(step) for step in path)] + lines
    for name in tree:
        if isinstance(tree[name], dict):
            lines += toml(tree[name], path + (name,)).splitlines()
    return "".join(line + "\n" for line in lines)


def _split_header(text):
    """["plugins", "io.containerd.grpc.v1.cri", "cni"] from a header's inside."""
    return [
        bare or single or double
        for double, single, bare in re.findall(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)", text)
    ]


def _read_value(text):
    if text in ("true", "false"):
        return text == "true"
    if re.match(r"^[+-]?\d+$", text):
        return int(text)
    if re.match(r"^[+-]?\d+\.\d+$", text):
        return float(text)
    if text.startswith("["):
        return [
            json.loads('"%s"' % double) if double else single
            for double, single in re.findall(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'", text)
        ]
    if text.startswith('"'):
        return json.loads(text)
    return text.strip("'")


def read_dump(text):
    """{path: value} of what `containerd config dump` prints: one value a line, a small part of TOML."""
    found, path = {}, ()
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            path = tuple(_split_header(line.strip("[]")))
            continue
        name, separator, value = line.partition(" = ")
        if separator:
            found[path + tuple(_split_header(name))] = _read_value(value.strip())
    return found


# --- the configuration ------------------------------------------------------------------------------------------


def schema(release):
    """The version of config.toml that a release line calls its own."""
    if release < (2, 0):
        return 2
    return 3 if release < (2, 3) else 4


def _cni(release, settings):
    dirs = settings["cni_bin_dirs"]
    # Before 2.1 there is one directory; from then on a list, and the single key is on its way out.
    place = {"bin_dirs": dirs} if release >= (2, 1) else {"bin_dir": dirs[0]}
    return dict(place, conf_dir=settings["cni_conf_dir"], max_conf_num=1)


def _containerd(settings):
    return runtime_handlers.containerd_runtimes(
        settings["handlers"], settings["systemd_cgroup"], settings["handler_binaries"]
    )


def tree(settings):
    """config.toml as nested dicts for the release in ``settings["version"]``."""
    release = version(settings["version"])
    if release is None or release < (1, 6):
        raise ContainerdConfigError("containerd %s is not supported: 1.6 is the oldest" % settings["version"])
    # Docker opens ports below 1024 and ping to every user of a container; containerd 2 does so too, 1.x on request.
    open_to_users = {
        "enable_unprivileged_ports": settings["unprivileged"],
        "enable_unprivileged_icmp": settings["unprivileged"],
    }
    config_path = {"config_path": settings["registry_config_path"]}
    if release < (2, 0):
        plugins = {
            "io.containerd.grpc.v1.cri": dict(
                open_to_users,
                sandbox_image=settings["pause_image"],
                cni=_cni(release, settings),
                containerd=dict(_containerd(settings), snapshotter=settings["snapshotter"]),
                registry=config_path,
            )
        }
    else:
        plugins = {
            "io.containerd.cri.v1.images": {
                "snapshotter": settings["snapshotter"],
                "pinned_images": {"sandbox": settings["pause_image"]},
                "registry": config_path,
            },
            "io.containerd.cri.v1.runtime": dict(
                open_to_users, cni=_cni(release, settings), containerd=_containerd(settings)
            ),
        }
        if release >= (2, 1):
            # Pulls go through the transfer service, which has a setting of its own for the same directory.
            plugins["io.containerd.transfer.v1.local"] = config_path
    whole = {"version": schema(release), "root": settings["root"]}
    if settings["imports"]:
        whole["imports"] = settings["imports"]
    whole["disabled_plugins"] = []
    whole["plugins"] = plugins
    return whole


def render(settings):
    """The text of config.toml."""
    return BANNER + toml(tree(settings))


def _leaves(branch, path=()):
    for name in branch:
        if isinstance(branch[name], dict):
            yield from _leaves(branch[name], path + (name,))
        else:
            yield path + (name,), branch[name]


def check(dump, settings):
    """What the installed binary made of the file (``containerd config dump``) against what was meant: [str].

    containerd ignores keys that it does not know without a word; a dump that lacks one of ours shows it.
    """
    seen = read_dump(dump)
    problems = []
    for path, wanted in _leaves(tree(settings)):
        # The dump has its own version, and the files it read as imports.
        if path not in (("version",), ("imports",)) and seen.get(path) != wanted:
            problems.append("%s is %r, wanted %r" % (".".join(path), seen.get(path), wanted))
    return problems


# --- from facts -------------------------------------------------------------------------------------------------


def cni_dirs(info):
    """(directories, whole): kubelet's CNI plugin directories, the best first; whole: that one has all plugins."""
    text = dig(info, "kubelet.cni_bin_dir") or "/opt/cni/bin"
    dirs = [item.strip() for item in text.split(",") if item.strip()]
    active = dig(info, "cni.active")
    needed = set(
        plugin
        for item in dig(info, "cni.files", [])
        if item.get("name") == active
        for plugin in item.get("plugins") or []
    )
    present = dict((item.get("path"), set(item.get("plugins") or [])) for item in dig(info, "cni.bin_dirs", []))
    dirs.sort(key=lambda item: -len(needed & present.get(item, set())))
    return dirs, not needed or needed <= present.get(dirs[0], set())


def missing_packages(info):
    """Packages that are not there yet."""
    packages = [] if dig(info, "containerd.installed") else [containerd_package(info)]
    return packages + ([] if dig(info, "crictl.installed") else ["cri-tools"])


def settings_of(info, options=None):
    """The settings of ``render`` from a node's facts and the operator's options."""
    chosen = dict(OPTIONS)
    chosen.update((name, value) for name, value in (options or {}).items() if value not in (None, ""))
    unknown = sorted(set(chosen) - set(OPTIONS))
    if unknown:
        raise ContainerdConfigError("unknown options: %s" % ", ".join(unknown))
    text, _installed = containerd_version(info)
    found = version(text)
    if found is None:
        raise ContainerdConfigError("no version of containerd: neither installed nor offered by a package source")
    driver = dig(info, "kubelet.cgroup_driver")
    if driver not in ("systemd", "cgroupfs"):
        raise ContainerdConfigError("kubelet's cgroup driver is not known (seen: %r)" % driver)
    chosen["pause_image"] = chosen["pause_image"] or dig(info, "kubelet.pause_image")
    if not chosen["pause_image"]:
        raise ContainerdConfigError("kubelet's pause image is not known: set switchover_pause_image")
    # Docker's own containers are known to containerd beneath this directory: keep it.
    chosen["root"] = chosen["root"] or dig(info, "containerd.root") or "/var/lib/containerd"
    docker = version(dig(info, "docker.version"))
    try:
        handlers = runtime_handlers.parse(chosen["handlers"])
    except runtime_handlers.HandlersError as exc:
        raise ContainerdConfigError("switchover_handlers: %s" % exc) from exc
    handlers, judged = handler_checks.usable(handlers, info, "containerd")
    blocked = [item["text"] for item in judged if item["blocks"]]
    if blocked:
        raise ContainerdConfigError("; ".join(blocked))
    return dict(
        chosen,
        handlers=handlers,
        handler_binaries=handler_checks.binaries(info),
        version=".".join(str(part) for part in found),
        systemd_cgroup=driver == "systemd",
        cni_bin_dirs=cni_dirs(info)[0],
        cni_conf_dir=dig(info, "kubelet.cni_conf_dir") or "/etc/cni/net.d",
        # Docker does so from 20.10 on.
        unprivileged=found >= (2, 0) or docker is None or docker >= (20, 10),
    )


def _sysctl(info):
    keys = ["net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"]
    # Absent beneath a loaded br_netfilter: a kernel without IPv6.
    no_ipv6 = dig(info, "kernel.modules.br_netfilter") and not dig(info, "kernel.sysctl", {}).get(
        "net.bridge.bridge-nf-call-ip6tables"
    )
    return keys if no_ipv6 else keys + ["net.bridge.bridge-nf-call-ip6tables"]


def plan_handler(handler):
    """A handler as the cutover's plan has it; of a node with nothing but runc it says no more than it ever did."""
    entry = {"name": handler["name"]}
    if handler["runtime"] != handler["name"] or handler["runtime"] != "runc":
        entry["runtime"] = handler["runtime"]
    if handler["optional"]:
        entry["optional"] = True
    if handler["runtime_class"]:
        entry["runtime_class"] = handler["runtime_class"]["name"]
    return entry


def plan(info, options=None):
    """All that a node needs to run on containerd: packages, files, and how they are checked and put to use."""
    settings = settings_of(info, options)
    crictl = "runtime-endpoint: %s\nimage-endpoint: %s\ntimeout: 10\n" % (SOCKET, SOCKET)
    contents = [
        (CONFIG, render(settings)),
        # dockerd had loaded and set these itself.
        (MODULES_FILE, BANNER + "".join(name + "\n" for name in MODULES)),
        (SYSCTL_FILE, BANNER + "".join("%s = 1\n" % name for name in _sysctl(info))),
        (CRICTL_FILE, BANNER + crictl),
    ]
    for handler in settings["handlers"]:
        if handler["runtime"] == "runsc":
            table = runtime_handlers.runsc_toml(
                handler, settings["systemd_cgroup"], settings["handler_binaries"].get("runsc")
            )
            contents.append((runtime_handlers.runsc_config_path(handler["name"]), BANNER + toml(table)))
    return {
        "runtime": "containerd",
        "service": "containerd.service",
        "socket": SOCKET,
        "version_prefix": "containerd://",
        "version": settings["version"],
        "packages": missing_packages(info),
        "package_manager": dig(info, "packages.manager"),
        "settings": settings,
        "files": [{"path": path, "content": content, "mode": "0644"} for path, content in contents],
        "validate": [
            [dig(info, "containerd.binary") or "containerd", "--config", "{staged}" + CONFIG, "config", "dump"]
        ],
        "modules": MODULES,
        "sysctl_files": [SYSCTL_FILE],
        # The default first: of it the proof expects that pods get it without asking.
        "handlers": [plan_handler(handler) for handler in settings["handlers"]],
        # Where image_transfer needs room.
        "store": settings["root"],
        "pause_image": settings["pause_image"],
        "crictl": dig(info, "crictl.path") or "/usr/bin/crictl",
    }
