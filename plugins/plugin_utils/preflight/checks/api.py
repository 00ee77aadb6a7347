# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can the cluster's API be asked, and do the credentials allow what a run does? Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, FLEET, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rights import LEASE_RIGHTS
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import Run
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Cluster, Finding, Findings


def judge(cluster: Cluster | None, allowed: Collection[str] = ()) -> Findings:
    """About the run as a whole. ``allowed``: the exceptions of switchover_allow."""
    if not cluster or not cluster.get("reachable"):
        yield _unreachable(cluster or {})
        return
    missing = cluster.get("missing_rights") or []
    lease = [right for right in missing if right in LEASE_RIGHTS]
    if lease:
        yield finding(
            BLOCKER,
            "CRI-PF-LEASE-RIGHTS",
            FLEET,
            "the credentials may not: %s. Nothing would keep a second rollout off this cluster" % listed(lease),
            "grant it to them, in the namespace kube-system",
            "no-lease",
            allowed,
            rights=lease,
        )
    for right in missing:
        if right in LEASE_RIGHTS:
            continue
        yield finding(
            BLOCKER,
            "CRI-PF-RIGHTS",
            FLEET,
            "the credentials may not: %s" % right,
            "grant it to them (kubectl auth can-i --list shows what they may)",
            right=right,
        )


def _unreachable(cluster: Cluster) -> Finding:
    error = dig(cluster, "error", {})
    text, token = (error.get("msg"), error.get("reason")) if isinstance(error, dict) else (error, None)
    return finding(
        BLOCKER,
        "CRI-PF-API",
        FLEET,
        "the cluster's API (%s) cannot be used: %s"
        % (dig(cluster, "server", "no server is known"), text or "nothing was read from it"),
        "install that for the Python that runs ansible-playbook"
        if token == "CRI-API-PYTHON"
        else "check switchover_kubeconfig, switchover_context and K8S_AUTH_*: they count on the machine that runs "
        "Ansible",
        server=dig(cluster, "server"),
        error=error,
    )


def check_run(run: Run) -> Findings:
    """The whole run."""
    yield from judge(run.cluster, run.allowed)
