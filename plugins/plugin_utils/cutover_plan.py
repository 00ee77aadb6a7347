# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's plan for one node, put together from its facts and what was staged. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import SOCKET_ANNOTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.annotations import Annotations, of_target
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.shaping_settings import digest_of
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

# An entry of the plan's "files".
PlanFile = dict[str, Any]

SCHEMA = 1
# What the engine must know of the target.
TO_KEYS = ("runtime", "service", "socket", "version_prefix", "serves_docker", "shims")
BOOT_KEYS = ("cgroup", "once", "undo", "permanent", "undo_permanent")


def _staged_file(item: dict[str, Any], group: str, before: dict[str, Any]) -> PlanFile:
    """A staged file as the plan has it. ``before``: the live file, with exists and sha256."""
    return {
        "path": item["path"],
        "group": group,
        "change": "write",
        "staged": item["staged"],
        "sha256": item["sha256"],
        "mode": item["mode"],
        "owner": item["owner"],
        "group_name": item["group"],
        "before": {"exists": before["exists"], "sha256": before["sha256"]},
    }


def _boot_file(item: dict[str, Any]) -> PlanFile:
    """An entry of boot_entry.plan()'s files as the plan has it; its content travels inside the plan."""
    before = item["before"]
    digest = None if before is None else hashlib.sha256(before.encode("utf-8")).hexdigest()
    return {
        "path": item["path"],
        "group": item["group"],
        "change": "write",
        "content": item["content"],
        "mode": item["mode"],
        "owner": "root",
        "group_name": "root",
        "before": {"exists": before is not None, "sha256": digest},
    }


def _source(info: Facts, annotations: Annotations | None) -> dict[str, Any]:
    """What the node comes from, and is reverted to."""
    source = {
        "runtime": "docker",
        "shim": info["runtime"]["shim"],
        "version": info["docker"]["version"],
        "endpoint": info["runtime"].get("endpoint"),
    }
    if source["shim"] == "cri-dockerd":
        source.update(units=info["cri_dockerd"]["units"], root_dir=info["cri_dockerd"]["root_dir"])
    if annotations is not None:
        source["cri_socket"] = annotations.get(SOCKET_ANNOTATION)
    return source


def _docker_after(info: Facts) -> dict[str, bool]:
    """Docker stays up after the switch for those who still use it: allowed unmanaged containers, units that need it."""
    docker = info["docker"]
    keep_shim = bool(info.get("cri_dockerd", {}).get("needed_by"))
    keep = bool(docker["containers"]["foreign"]) or bool(docker["needed_by"]) or keep_shim
    return {"keep": keep, "keep_shim": keep_shim}


def build(
    info: Facts,
    target: dict[str, Any],
    kubelet: dict[str, Any],
    run: dict[str, Any],
    annotations: Annotations | None = None,
    boot: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The engine's plan (schema 1).

    ``info``: node_runtime_info's result; ``target``: the target role's plan (service, socket, files of stage_files,
    modules, sysctl_files, handlers, crictl, pause_image); ``kubelet``: kubelet_files' result;
    ``run``: run_id, owner, created, settings (of shaping(), this host's), watchdog_s, on_reboot; ``annotations``: the
    node's, before the switch, where they are known; ``boot``: of boot_entry.plan(), where the node is
    rebooted on its way.
    """
    return {
        "schema": SCHEMA,
        "tool_version": VERSION,
        "run_id": run["run_id"],
        "owner": run["owner"],
        "created": run["created"],
        "node_name": info["node_name"],
        "from": _source(info, annotations),
        "to": dict(((key, target[key]) for key in TO_KEYS), annotations=of_target(info, target["socket"], annotations)),
        "config_digest": digest_of(run["settings"]),
        # What the node was switched with, so that a later run can say what has changed since.
        "settings": run["settings"],
        "kubelet": {"unit": info["kubelet"]["unit"], "root_dir": info["kubelet"]["root_dir"]},
        "files": [_staged_file(f, "target", f["live"]) for f in target["files"]]
        + [_staged_file(f, "kubelet", f["before"]) for f in kubelet["files"]]
        + [_boot_file(f) for f in (boot or {}).get("files", [])],
        "boot": dict((key, boot[key]) for key in BOOT_KEYS) if boot else None,
        "modules": target["modules"],
        "sysctl_files": target["sysctl_files"],
        "handlers": target["handlers"],
        "pause_image": target["pause_image"],
        "crictl": target["crictl"],
        "store": target["store"],
        "cni": {
            "conf_dir": info["cni"]["conf_dir"],
            "bin_dirs": [d["path"] for d in info["cni"]["bin_dirs"]],
            "cache_dir": info["kubelet"].get("cni_cache_dir") or "/var/lib/cni/cache",
        },
        "watch": {"watchdog_s": run["watchdog_s"], "on_reboot": run["on_reboot"]},
        "docker": _docker_after(info),
    }
