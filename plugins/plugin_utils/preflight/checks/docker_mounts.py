# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods and workloads that mount Docker's socket or directories. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, FLEET, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.docker_mounts import docker_path
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case, Run
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cluster_node import node_name
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.pods import pod_name
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Facts, Findings, Settings

WHEN = FRESH
NEEDS_API = RUN_NEEDS_API = True


def judge(node: str, info: Facts, cluster: Cluster, settings: Settings) -> Findings:
    """Pods of this node, except those of workloads: judge_workloads() has them."""
    found = _static_pods(info)
    found.update(_other_pods(info, cluster, node_name(info, settings)))
    if found:
        yield finding(
            BLOCKER,
            "CRI-PF-DOCKER-MOUNTS",
            node,
            "pods mount Docker's socket or directories: %s"
            % listed("%s (%s)" % (k, listed(found[k], 3)) for k in sorted(found)),
            "change them to work without Docker",
            "docker-socket-mounts",
            settings.get("allow") or (),
            mounts=found,
        )


def judge_workloads(cluster: Cluster, settings: Settings, allowed: Collection[str] = ()) -> Findings:
    """Workloads of the cluster. About the run as a whole. ``allowed``: the exceptions of switchover_allow."""
    for mount in cluster.get("docker_mounts") or []:
        if not mount.get("node") and settings.get("goal") != "revert":
            yield finding(
                BLOCKER,
                "CRI-PF-DOCKER-MOUNTS",
                FLEET,
                "%s mounts Docker's socket or directories: %s" % (_mount(mount), listed(mount.get("paths") or [])),
                "change it to work without Docker",
                "docker-socket-mounts",
                allowed,
                mount=mount,
            )


def _static_pods(info: Facts) -> dict[str, list[str]]:
    """{what it is: its paths of Docker}"""
    found = {}
    for pod in info.get("static_pods") or []:
        paths = _paths_of_docker(pod, info)
        if paths:
            found["static pod %s" % pod_name(pod)] = paths
    return found


def _other_pods(info: Facts, cluster: Cluster, name: str | None) -> dict[str, list[str]]:
    """The same of pods that the cluster has here, without the mirrors of static pods and those of a known workload."""
    workloads = set(_mount(m) for m in cluster.get("docker_mounts") or [] if not m.get("node"))
    mirrors = set("%s-%s" % (pod_name(pod), name) for pod in info.get("static_pods") or [])
    found = {}
    for pod in (dig(cluster, "nodes", {}).get(name) or {}).get("pods") or []:
        paths = _paths_of_docker(pod, info)
        owner = "%s %s/%s" % (pod.get("owner_kind"), pod.get("namespace"), pod.get("owner_name"))
        above = "Deployment %s/%s" % (pod.get("namespace"), str(pod.get("owner_name")).rpartition("-")[0])
        if paths and pod_name(pod) not in mirrors and owner not in workloads and above not in workloads:
            found["pod %s" % pod_name(pod)] = paths
    return found


def _paths_of_docker(pod: dict[str, Any], info: Facts) -> list[str]:
    data_root = dig(info, "docker.data_root") or "/var/lib/docker"
    return [path for path in pod.get("host_paths") or [] if _is_of_docker(path, data_root)]


def _is_of_docker(path: str, data_root: str) -> bool:
    root = data_root.rstrip("/")
    return bool(docker_path(path)) or (path + "/").startswith(root + "/") or root.startswith(path.rstrip("/") + "/")


def _mount(mount: dict[str, Any]) -> str:
    return "%s %s/%s" % (mount.get("kind"), mount.get("namespace"), mount.get("name"))


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.cluster, case.settings)


def check_run(run: Run) -> Findings:
    """Workloads without a pod on a node that is read."""
    yield from judge_workloads(run.cluster, run.settings, run.allowed)
