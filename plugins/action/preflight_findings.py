# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the cluster and judges all hosts of a run: the checks stand in plugin_utils/preflight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.credentials import AUTH_SPEC
from ansible_collections.cri.switchover.plugins.modules.preflight_findings import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import (
    Action,
    argument_spec,
    run_module,
    variables_of,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.compact_cluster import compact_cluster
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge, report
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.assessments import assessment, node_names
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Assessment, Cluster

RUN_SETTINGS = ("goal", "target", "allow", "batches", "forks", "topology_key", "require_capacity")


class ActionModule(Action):
    """The action preflight_findings."""

    _requires_connection = True
    SPEC = dict(argument_spec(DOCUMENTATION), **AUTH_SPEC)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The findings, and the cluster as far as it was read."""
        assessments = _assessments(args["hosts"], task_vars)
        cluster = args["cluster"] or self._read(args, assessments, task_vars)
        settings = dict({name: args[name] for name in RUN_SETTINGS}, **_groups(args, task_vars["groups"]))
        found = judge.judge_all(assessments, cluster, settings)
        summary = report.summary(found)
        return {
            "changed": False,
            "passed": not summary,
            "findings": found,
            "report": report.report(found),
            "summary": summary,
            "cluster": compact_cluster(cluster),
        }

    def _read(self, args: dict[str, Any], assessments: list[Assessment], task_vars: dict[str, Any]) -> Cluster:
        """The cluster, or {"error"} when the module fails."""
        options = {name: args[name] for name in (*AUTH_SPEC, "topology_key") if args[name] is not None}
        options["nodes"] = node_names(assessments)
        read = run_module(self, "cri.switchover.cluster_info", options, task_vars)
        return read.get("cluster") or {"error": {"msg": read.get("msg", "")}}


def _groups(args: Mapping[str, Any], groups: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """All hosts of the groups, even if --limit excludes them."""
    control_plane = list(groups.get(args["control_plane_group"], []))
    workers = [host for host in groups.get(args["node_group"], []) if host not in control_plane]
    return {"control_plane": control_plane, "inventory": control_plane + workers}


def _assessments(hosts: list[str], task_vars: Mapping[str, Any]) -> list[Assessment]:
    read = [(host, variables_of(task_vars, host)) for host in hosts]
    return [assessment(host, variables) for host, variables in read if "preflight_node" in variables]
