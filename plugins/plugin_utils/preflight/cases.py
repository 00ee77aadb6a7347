# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check of the preflight is given: one node, or the whole run. Pure: no I/O.

A check is one file in checks/, which is found by its place. For nodes it has ``WHEN``, kinds of nodes, and
``check(case)``; for the whole run it has ``check_run(run)``. With ``NEEDS_API`` (``RUN_NEEDS_API``) it is left out
where the API was not read. Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Assessment, Cluster, Facts, Settings
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.exceptions import accepted

# Kinds of nodes. One that is to be switched, and whose kubelet is on Docker; one on whatever else; one that is on its
# target; one in the middle of an earlier run's switch.
ON_SOURCE, ELSEWHERE, ON_TARGET, RESUMED = "on source", "elsewhere", "on target", "resumed"
# That no run has touched, or that is tried again.
FRESH = (ON_SOURCE, ELSEWHERE)
EVERY = (*FRESH, ON_TARGET, RESUMED)


class Case(NamedTuple):
    """A node that was read, and that is to be on its target at the end."""

    host: str
    # What node_runtime_info returned.
    info: Facts
    # What cluster_info returned; empty where the API was not read.
    cluster: Cluster
    # Of this host; see judge().
    settings: Settings
    target: Runtime
    # See rollout.states.
    state: str
    # One of EVERY.
    kind: str

    @property
    def allowed(self) -> Collection[str]:
        """The exceptions of switchover_allow."""
        return self.settings.get("allow") or ()


class Run(NamedTuple):
    """All hosts of a run; see judge_fleet()."""

    assessments: list[Assessment]
    cluster: Cluster
    settings: Settings

    @property
    def allowed(self) -> Collection[str]:
        """The exceptions of switchover_allow that any host has: what concerns the whole run concerns each of them."""
        given = [self.settings.get("allow"), *(dig(item, "settings.allow") for item in self.assessments)]
        return accepted(given)
