# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's pods need, as far as it does not concern the drain. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.cluster_node import node_name
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Facts, Findings, Settings

WHEN = FRESH
NEEDS_API = True


def pod_name(pod: dict[str, Any]) -> str:
    """NAMESPACE/NAME of a pod's entry in cluster_info or node_runtime_info."""
    return "%s/%s" % (pod.get("namespace"), pod.get("name"))


def judge(node: str, info: Facts, cluster: Cluster, settings: Settings) -> Findings:
    """Images that no runtime can hand over, and a run that lives in one of these pods."""
    name = node_name(info, settings)
    pods = (dig(cluster, "nodes", {}).get(name) or {}).get("pods") or []
    by_digest = sorted(set(image for p in pods for image in p.get("images") or [] if "@sha256:" in image))
    if by_digest:
        yield finding(
            WARNING,
            "CRI-PF-DIGEST-IMAGES",
            node,
            "pods name images by digest, which no runtime can hand over: %s" % listed(by_digest, 4),
            "they are pulled from their registry before any node is drained, and the run stops when that fails",
            images=by_digest,
        )
    if cluster.get("runner", {}).get("on_node") == name:
        yield finding(
            BLOCKER,
            "CRI-PF-RUNNER",
            node,
            "this very run of Ansible lives on node %s, which it would drain" % name,
            "run it from a machine outside the cluster, or exclude this node (switchover_skip: true)",
        )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.cluster, case.settings)
