# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods' network: CNI, its configuration and its plugins, as the target will find them. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._facts.cri_dockerd import UNKNOWN
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import ON_SOURCE, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Finding, Findings

WHEN = (ON_SOURCE,)


def judge(node: str, info: Facts) -> Findings:
    """The first thing that would keep pods without a network; what comes after it is not known before it is fixed."""
    found = _judge_plugin(node, info) or _judge_config(node, info) or _judge_programs(node, info)
    if found:
        yield found


def _judge_plugin(node: str, info: Facts) -> Finding | None:
    plugin = dig(info, "kubelet.network_plugin")
    by_shim = dig(info, "runtime.shim") == "cri-dockerd"
    who = ("cri-dockerd %s" % dig(info, "cri_dockerd.version", "")).rstrip() if by_shim else "kubelet"
    if plugin == "kubenet":
        return finding(
            BLOCKER,
            "CRI-PF-KUBENET",
            node,
            "the pods' network is kubenet (%s), which ends with Docker" % who,
            "move the cluster's network to a CNI plugin first",
            seen=plugin,
            wanted="cni",
        )
    if plugin in ("cni", None):
        return None
    if plugin == UNKNOWN:
        return finding(
            BLOCKER,
            "CRI-PF-NETWORK-PLUGIN",
            node,
            "cri-dockerd has no --network-plugin. Its release decides whether pods use CNI, and could not be read",
            "run `cri-dockerd --version` on the node to see why",
            seen=plugin,
            wanted="cni",
        )
    return finding(
        BLOCKER,
        "CRI-PF-NETWORK-PLUGIN",
        node,
        "%s has no --network-plugin=cni: its pods are on Docker's own bridge (seen: %r)" % (who, plugin),
        "move the cluster's network to a CNI plugin first",
        seen=plugin,
        wanted="cni",
    )


def _judge_config(node: str, info: Facts) -> Finding | None:
    if dig(info, "cni.active"):
        return None
    invalid = [f.get("name") for f in dig(info, "cni.files", [])]
    return finding(
        BLOCKER,
        "CRI-PF-CNI-CONFIG",
        node,
        "no valid CNI configuration in %s%s"
        % (dig(info, "cni.conf_dir", "/etc/cni/net.d"), " (not valid: %s)" % listed(invalid) if invalid else ""),
        "install the cluster's network plugin on this node",
        files=invalid,
    )


def _judge_programs(node: str, info: Facts) -> Finding | None:
    missing = dig(info, "cni.missing_plugins", [])
    if not missing:
        return None
    directories = listed(d["path"] for d in dig(info, "cni.bin_dirs", []))
    return finding(
        BLOCKER,
        "CRI-PF-CNI-PLUGINS",
        node,
        "%s names CNI plugins that are in none of kubelet's directories (%s): %s"
        % (dig(info, "cni.active"), directories, listed(missing)),
        "install them (package containernetworking-plugins or kubernetes-cni)",
        plugins=missing,
    )


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info)
