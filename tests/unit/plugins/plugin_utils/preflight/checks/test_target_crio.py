# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each finding of a switch to CRI-O by what makes it; the node of these tables has none."""

import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio_findings, registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import cri_versions

with open(os.path.join(os.path.dirname(__file__), "..", "lab_node.json")) as stream:
    LAB = json.load(stream)

CRIO = registry.target("crio")
CHECKED = {"name": "10.conflist", "cni_version": "0.4.0", "plugins": ["bridge", "portmap"], "check": True}


def info(**changes):
    facts = {
        "kubelet": {"version": "1.34.2", "cgroup_driver": "systemd", "pause_image": "registry.k8s.io/pause:3.10"},
        "crio": {
            "installed": True, "version": "1.34.0", "unqualified_registries": [],
            "programs": {"conmon": "/usr/bin/conmon", "crun": "/usr/bin/crun", "runc": "/usr/sbin/runc"},
            "config": {"runtimes": {}, "files": ["/etc/crio/crio.conf", "10-crio.conf"]},
        },
        "docker": {"images": [{"tags": ["registry.k8s.io/web:1"], "in_use": True, "local_only": False}]},
        "cni": {"active": "10.conflist", "files": [CHECKED], "veth_mac_policy": "none"},
    }  # fmt: skip
    for path, value in changes.items():
        part, _sep, key = path.partition("__")
        facts[part][key] = value
    return facts


def findings(facts):
    return [*cri_versions.judge("node1", facts, CRIO), *CRIO.findings("node1", facts)]


def policies(*seen):
    return [{"path": path, "accepts_all": accepts} for path, accepts in seen]


@pytest.mark.parametrize(
    "level, token, word, changes",
    [
        (None, None, None, {}),
        ("warning", "CRI-PF-VERSIONS", "equal minor releases", {"kubelet__version": "1.23.17"}),
        ("blocker", "CRI-PF-VERSIONS", "v1alpha2", {"kubelet__version": "1.22.17"}),
        ("warning", "CRI-PF-VERSIONS", "equal minor releases", {"crio__version": "1.22.5"}),
        ("blocker", "CRI-PF-CRIO-SETTINGS", "1.20 is the oldest",
         {"kubelet__version": "1.19.1", "crio__version": "1.19.7"}),
        ("blocker", "CRI-PF-VERSIONS", "could not be read", {"crio__version": None}),
        ("blocker", "CRI-PF-CRIO-SETTINGS", "default runtime is nvidia",
         {"crio__config": {"default_runtime": "nvidia", "runtimes": {}}}),
        ("note", "CRI-PF-CRIO-CONFIG", "99-nvidia.toml",
         {"crio__config": {"files": ["10-crio.conf", "99-nvidia.toml"]}}),
        ("warning", "CRI-PF-CNI-CHECK", "cniVersion 0.4.0", {"cni__veth_mac_policy": "persistent"}),
        (None, None, None, {"cni__veth_mac_policy": None}),
        (None, None, None, {"cni__veth_mac_policy": "persistent", "cni__files": [dict(CHECKED, check=False)]}),
        (None, None, None, {"cni__veth_mac_policy": "persistent", "cni__files": [dict(CHECKED, plugins=["cilium"])]}),
        ("warning", "CRI-PF-SHORT-NAMES", "nginx:1",
         {"docker__images": [{"tags": ["nginx:1", "r.test/a:1"], "in_use": True, "local_only": False}]}),
        (None, None, None, {"docker__images": [{"tags": ["nginx:1"], "in_use": True, "local_only": False}],
                            "crio__unqualified_registries": ["docker.io"]}),
        (None, None, None, {"crio__policies": policies(("/etc/crio/policy.json", True))}),
        ("warning", "CRI-PF-CRIO-POLICY", "has none", {"crio__policies": policies(("/etc/crio/policy.json", False))}),
    ],
)  # fmt: skip
def test_findings(level, token, word, changes):
    found = findings(info(**changes))
    assert [(item["level"], item["token"]) for item in found] == ([(level, token)] if token else [])
    assert word is None or word in found[0]["message"]


@pytest.mark.parametrize(
    "seen, level",
    [
        ([("/etc/crio/policy.json", False)], "blocker"),
        ([("/etc/containers/policy.json", False)], "warning"),
        ([("/etc/crio/policy.json", True), ("/etc/containers/policy.json", False)], "warning"),
        ([("/etc/crio/policy.json", True)], None),
    ],
)
def test_signatures_with_a_kubelet_that_does_not_give_the_images_names(seen, level):
    facts = info(kubelet__version="1.23.17", crio__policies=policies(*seen))
    found = [item for item in findings(facts) if item["token"] == "CRI-PF-CRIO-POLICY"]
    assert [item["level"] for item in found] == ([level] if level else [])


@pytest.mark.parametrize(
    "tag, short",
    [("nginx:1", True), ("a/redis:7", True), ("r.test/nginx:1", False), ("r:5000/a", False), ("localhost/a", False)],
)
def test_short_names(tag, short):
    assert crio_findings.is_short(tag) is short


def test_preflight_asks_for_crios_packages_and_versions():
    node = dict(LAB["info"] if "info" in LAB else LAB)
    judged = judge.judge("node1", node, {"reachable": False}, {"target": "crio"})
    (missing,) = [item for item in judged if item["token"] == "CRI-PF-PACKAGE-MISSING"]
    assert "cri-o" in missing["details"]["packages"] and "skopeo" in missing["details"]["packages"]
    assert not [item for item in judged if item["token"].startswith("CRI-PF-CONTAINERD")]
