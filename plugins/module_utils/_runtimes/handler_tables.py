# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables by which containerd, CRI-O and gVisor's shim know a runtime handler. Pure: no I/O.

A handler is one of ``handlers.parse()``. Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_declaration import flag_text
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handlers import RUNSC_TYPE, SHIM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    Handler = Dict[str, Any]


def containerd_runtimes(
    handlers: "List[Handler]", systemd_cgroup: bool, binaries: "Optional[Dict[str, str]]" = None
) -> "Dict[str, Any]":
    """{default_runtime_name, runtimes} of containerd's CRI plugin; see `containerd_runtime`."""
    return {
        "default_runtime_name": next(handler["name"] for handler in handlers if handler["default"]),
        "runtimes": {handler["name"]: containerd_runtime(handler, systemd_cgroup, binaries) for handler in handlers},
    }


def containerd_runtime(
    handler: "Handler", systemd_cgroup: bool, binaries: "Optional[Dict[str, str]]" = None
) -> "Dict[str, Any]":
    """The table ...containerd.runtimes.NAME; its form is the same in all releases from 1.6 on.

    ``systemd_cgroup``: whether kubelet's cgroup driver is systemd. ``binaries``: {program: path} on the node.
    containerd's shim finds runc without a path; it must be given crun's.
    """
    options = handler["options"]
    binary = options.get("binary") or (binaries or {}).get(handler["runtime"])
    table = {"pod_annotations": options["pod_annotations"]} if options.get("pod_annotations") else {}
    if handler["runtime"] == "runsc":
        table["runtime_type"] = RUNSC_TYPE
        if options.get("shim"):
            table["runtime_path"] = options["shim"]
        # Without TypeUrl the shim takes no file, and containerd hands on none.
        path = runsc_config_path(handler["name"])
        table["options"] = {"TypeUrl": RUNSC_TYPE + ".options", "ConfigPath": path}
        return table
    given: "Dict[str, Any]" = {"SystemdCgroup": systemd_cgroup}
    if handler["runtime"] == "crun":
        given["BinaryName"] = binary or "crun"
    elif options.get("binary"):
        given["BinaryName"] = binary
    return dict(table, runtime_type="io.containerd.runc.v2", options=given)


def runsc_config_path(name: str) -> str:
    """Where containerd's shim of gVisor finds the settings of a handler with this name."""
    return "/etc/containerd/runsc.toml" if name == "runsc" else "/etc/containerd/runsc-%s.toml" % name


def crio_runtimes(handlers: "List[Handler]", binaries: "Dict[str, str]") -> "Dict[str, Any]":
    """{default_runtime, runtimes} of [crio.runtime]; see `crio_runtime`."""
    return {
        "default_runtime": next(handler["name"] for handler in handlers if handler["default"]),
        "runtimes": {handler["name"]: crio_runtime(handler, binaries) for handler in handlers},
    }


def crio_runtime(handler: "Handler", binaries: "Dict[str, str]") -> "Dict[str, Any]":
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


def crio_config_path(name: str) -> str:
    """Where CRI-O's shim of gVisor finds the settings of a handler with this name."""
    return "/etc/crio/runsc.toml" if name == "runsc" else "/etc/crio/runsc-%s.toml" % name


def runsc_toml(
    handler: "Handler", systemd_cgroup: bool, binary: "Optional[str]" = None, grouping: bool = False
) -> "Dict[str, Any]":
    """The file of gVisor's shim as nested dicts. Everything in [runsc_config] is text, and becomes a flag of runsc.

    ``binary``: the path of runsc on the node, if known. ``grouping``: for CRI-O, whose shims belong to a pod only with
    it (gVisor's guide for CRI-O).
    """
    options = handler["options"]
    path = options.get("binary") or binary
    flags = {name: flag_text(options["flags"][name]) for name in sorted(options.get("flags") or {})}
    flags["platform"] = options["platform"]
    flags["systemd-cgroup"] = flag_text(systemd_cgroup)
    # With its path given, runsc need not be in containerd's PATH; the shim still has to be.
    top: "Dict[str, Any]" = {"binary_name": path} if path else {}
    if grouping:
        top["grouping"] = True
    return dict(top, runsc_config=flags)
