# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's plan for one node, put together from its facts and what was staged. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import SHIM_UNITS
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import SOCKET_ANNOTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Journal
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.shaping_settings import digest_of
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

# {name: value, or None to remove it}, as node_drain takes them.
Annotations = dict[str, "str | None"]
# An entry of the plan's "files".
PlanFile = dict[str, Any]

SCHEMA = 1
# What the engine must know of the target.
TO_KEYS = ("runtime", "service", "socket", "version_prefix", "serves_docker", "shims")
BOOT_KEYS = ("cgroup", "once", "undo", "permanent", "undo_permanent")

# Units that are gone, or stopped, once the node is off Docker: kubelet's unit must not need them any more.
_DOCKER_UNITS = ("docker.service", "docker.socket") + SHIM_UNITS


def docker_units(dependencies: Mapping[str, Collection[str] | None]) -> list[str]:
    """Which of Docker's units kubelet's unit names. ``dependencies``: lists of units by kind, of node_runtime_info."""
    kinds = ("requires", "wants", "binds_to", "part_of", "after")
    named = set(unit for kind in kinds for unit in dependencies.get(kind) or [])
    return [unit for unit in _DOCKER_UNITS if unit in named]


def images_to_transfer(info: Facts) -> list[str]:
    """References of the images that must not be lost with Docker, from node_runtime_info's result.

    Those that pods of this node use, and those that no registry is known for: such a pod may come here later.
    An image without a tag is named by its digest.
    """
    references: list[str] = []
    for image in info["docker"]["images"]:
        if image["in_use"] or image["local_only"]:
            references += image["tags"] or image["digests"]
    return references


def _target_file(item: dict[str, Any]) -> PlanFile:
    """An entry of stage_files' result as the plan has it."""
    return {
        "path": item["path"],
        "group": "target",
        "change": "write",
        "staged": item["staged"],
        "sha256": item["sha256"],
        "mode": item["mode"],
        "owner": item["owner"],
        "group_name": item["group"],
        "before": item["live"],
    }


def _kubelet_file(item: dict[str, Any]) -> PlanFile:
    """An entry of kubelet_runtime's result as the plan has it; its content travels inside the plan."""
    return {
        "path": item["path"],
        "group": "kubelet",
        "change": item["change"],
        "content": item.get("content"),
        "mode": item["mode"],
        "owner": item["owner"],
        "group_name": item["group"],
        "before": {"exists": item["before"]["exists"], "sha256": item["before"].get("sha256")},
    }


def source_annotations(journal: Journal, present: Annotations | None) -> Annotations:
    """What the node's annotations must be again once it is back on Docker: {name: value, or None to remove it}.

    ``journal``: of node_runtime_info; ``present``: the node's annotations now. A switch writes kubeadm's annotation
    whether there was one or not. Journals of 0.1.0 do not say what it was: then it is the socket of the source.
    """
    source = journal.get("source") or {}
    if "cri_socket" in source:
        return {SOCKET_ANNOTATION: source["cri_socket"]}
    if source.get("endpoint") and journal.get("socket") and (present or {}).get(SOCKET_ANNOTATION) == journal["socket"]:
        return {SOCKET_ANNOTATION: source["endpoint"]}
    return {}


def target_annotations(info: Facts, socket: str, present: Annotations | None) -> Annotations:
    """What the node's annotations are to be once it is on its target. ``present``: those that it has, where known.

    kubeadm from 1.34 on keeps the socket on the node, in instance-config.yaml, and removes the annotation. There it is
    corrected where it exists, but not made anew.
    """
    local = (info.get("kubelet", {}).get("instance_config") or {}).get("exists")
    return {} if local and SOCKET_ANNOTATION not in (present or {}) else {SOCKET_ANNOTATION: socket}


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
    modules, sysctl_files, handlers, crictl, pause_image); ``kubelet``: kubelet_runtime's result;
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
        "to": dict((key, target[key]) for key in TO_KEYS),
        "config_digest": digest_of(run["settings"]),
        # What the node was switched with, so that a later run can say what has changed since.
        "settings": run["settings"],
        "kubelet": {"unit": info["kubelet"]["unit"], "root_dir": info["kubelet"]["root_dir"]},
        "files": [_target_file(f) for f in target["files"]]
        + [_kubelet_file(f) for f in kubelet["files"]]
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
