# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Docker reaches registries: mirrors, insecure ones, logins, a proxy. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings


def judge(node: str, docker: Facts, allowed: Collection[str]) -> Findings:
    """``docker``: that part of the facts; ``allowed``: the exceptions of switchover_allow."""
    keys = dig(docker, "daemon_json.keys", {})
    mirrors = docker.get("registry_mirrors") or keys.get("registry-mirrors")
    if mirrors:
        yield finding(
            BLOCKER,
            "CRI-PF-REGISTRY-MIRRORS",
            node,
            "Docker pulls through mirrors: %s" % listed(mirrors),
            "set them up under /etc/containerd/certs.d/docker.io/hosts.toml",
            "registry-mirrors",
            allowed,
            mirrors=mirrors,
        )
    insecure = docker.get("insecure_registries") or keys.get("insecure-registries")
    if insecure:
        yield finding(
            BLOCKER,
            "CRI-PF-INSECURE-REGISTRIES",
            node,
            "Docker accepts registries without checked TLS: %s" % listed(insecure),
            "give each of them a hosts.toml under /etc/containerd/certs.d/",
            "insecure-registries",
            allowed,
            registries=insecure,
        )
    logins = docker.get("logins") or []
    if logins:
        yield finding(
            BLOCKER,
            "CRI-PF-REGISTRY-LOGINS",
            node,
            "this node is logged in to registries by docker login: %s" % listed(logins),
            "give the pods image pull secrets, or kubelet /var/lib/kubelet/config.json",
            "registry-logins",
            allowed,
            registries=logins,
        )
    if docker.get("proxies") or keys.get("proxies"):
        yield finding(
            BLOCKER,
            "CRI-PF-PROXIES",
            node,
            "Docker pulls images through a proxy",
            "give containerd.service the same variables in a drop-in, NO_PROXY with the service and pod networks"
            " included",
            "proxies",
            allowed,
        )
