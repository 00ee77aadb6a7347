# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of preflight: which checks a host and a whole run are put to, in their order. Pure: no I/O.

Each check stands in checks/, one subject a file; cases.py says what it is given. Its error tokens stand there in full.
Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, FLEET, NOTE, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._facts import masking
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import checks
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import (
    ELSEWHERE,
    ON_SOURCE,
    ON_TARGET,
    RESUMED,
    Case,
    Run,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import cluster_node, revert
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.report import by_severity
from ansible_collections.cri.switchover.plugins.plugin_utils.records import (
    Assessment,
    Cluster,
    Facts,
    Finding,
    Findings,
    Settings,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.states import RESUMED as RESUMED_STATES
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.states import is_cordoned, node_state
from ansible_collections.cri.switchover.plugins.plugin_utils.target import configured

# Each file of checks/, by its name: they never leave the controller, so that searching the folder finds them all.
CHECKS = [
    importlib.import_module("%s.%s" % (checks.__name__, name))
    for name in sorted(path.stem for path in Path(str(checks.__file__)).parent.glob("[a-z]*.py"))
]


def judge_all(assessments: list[Assessment], cluster: Cluster, settings: Settings) -> list[Finding]:
    """All findings of a run, those of the whole run first.

    ``assessments``: {host, info, unreachable, error, settings} for each host of the run, as judge() takes them;
    ``cluster``: cluster_info's result; ``settings``: of the whole run, as judge_fleet() takes them.
    """
    found = judge_fleet(assessments, cluster, settings)
    for item in assessments:
        found += judge(
            item["host"],
            item.get("info"),
            cluster,
            item.get("settings") or settings,
            item.get("unreachable", False),
            item.get("error"),
        )
    return found


def judge_fleet(assessments: list[Assessment], cluster: Cluster | None, settings: Settings) -> list[Finding]:
    """The findings about the run as a whole. ``assessments`` as in judge_all().

    ``settings``: goal, target, allow, inventory (hosts of the groups, in this run or not), control_plane (hosts of that
    group), batches, forks, topology_key, require_capacity.
    """
    run = Run(assessments, cluster or {}, settings)
    found: list[Finding] = []
    for check in CHECKS:
        if hasattr(check, "check_run") and (run.cluster.get("reachable") or not getattr(check, "RUN_NEEDS_API", False)):
            found += _all_of(FLEET, _name(check), check.check_run, run)
    return sorted(found, key=by_severity)


def judge(
    host: str,
    info: Facts | None,
    cluster: Cluster | None,
    settings: Settings,
    unreachable: bool = False,
    error: str | None = None,
) -> list[Finding]:
    """The findings about one host of the inventory.

    ``info``: what node_runtime_info returned, or None; ``error``: why it did not; ``cluster``: cluster_info's result;
    ``settings``: of this host goal (switch or revert), target, allow, node_name, skip, retry, drain_*, handlers,
    cgroup_v2; given, its switchover_* as they were set; and shaping, those that shape a node.
    """
    cluster = cluster or {}
    if settings.get("skip"):
        found = [_skipped(host)]
    elif unreachable:
        found = [_unreachable(host, error, cluster, settings)]
    elif not info:
        found = [_without_facts(host, error)]
    elif settings.get("goal") == "revert":
        found = _all_of(host, _name(revert), revert.judge, host, info, cluster, settings)
    else:
        found = _all_of(host, "of its state", _judge_switch, host, info, cluster, settings)
    return sorted(found, key=by_severity)


def _skipped(host: str) -> Finding:
    message = "excluded by switchover_skip or switchover_only"
    return finding(NOTE, "CRI-PF-SKIPPED", host, message, "nothing to do")


def _unreachable(host: str, error: str | None, cluster: Cluster, settings: Settings) -> Finding:
    known = cluster_node.last_seen(cluster, settings.get("node_name") or host)
    return finding(
        BLOCKER,
        "CRI-PF-UNREACHABLE",
        host,
        "the host does not answer: %s%s" % (error or "no connection", known),
        "make it reachable, or exclude it (switchover_skip: true)",
    )


def _without_facts(host: str, error: str | None) -> Finding:
    return finding(
        BLOCKER,
        "CRI-PF-NO-FACTS",
        host,
        "the host could not be read: %s" % (error or "node_runtime_info returned nothing"),
        "it needs Python 3.6 or later, and a way to become root (become: true)",
    )


def _judge_switch(host: str, info: Facts, cluster: Cluster, settings: Settings) -> Findings:
    """A node that is read, and is to be switched to its target."""
    target = configured(registry.target(settings.get("target")), settings.get("given") or {})
    cordoned = is_cordoned(cluster, cluster_node.node_name(info, settings))
    state = node_state(info, target.name, settings.get("shaping"), cordoned, settings.get("retry", False))
    case = Case(host, info, cluster, settings, target, state, _kind(info, target, state))
    for check in CHECKS:
        if case.kind in getattr(check, "WHEN", ()) and (
            cluster.get("reachable") or not getattr(check, "NEEDS_API", False)
        ):
            yield from _all_of(host, _name(check), check.check, case)


def _all_of(host: str, name: str, judging: Callable[..., Iterable[Finding]], *arguments: Any) -> list[Finding]:
    """The findings of a check. One that breaks is a blocker for its host, and takes no other finding with it."""
    found: list[Finding] = []
    try:
        for item in judging(*arguments):
            found.append(item)
    except Exception as exc:
        place = traceback.extract_tb(exc.__traceback__)[-1]
        said = masking.mask_text("%s: %s" % (type(exc).__name__, exc))
        found.append(
            finding(
                BLOCKER,
                "CRI-PF-CHECK-FAILED",
                host,
                "the check %s failed: %s (%s, line %s)" % (name, said[:300], Path(place.filename).name, place.lineno),
                "this is a fault of cri.switchover: report it with this message, and until it is fixed exclude the "
                "host (switchover_skip: true)",
                check=name,
            )
        )
    return found


def _name(check: ModuleType) -> str:
    return check.__name__.rpartition(".")[2]


def _kind(info: Facts, target: Runtime, state: str) -> str:
    if state in RESUMED_STATES + ("revert_failed",):
        return RESUMED
    in_use = dig(info, "runtime.in_use")
    if in_use == target.name:
        return ON_TARGET
    return ON_SOURCE if registry.is_source(in_use) else ELSEWHERE
