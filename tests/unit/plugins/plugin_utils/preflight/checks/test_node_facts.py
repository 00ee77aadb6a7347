# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    INFO,
    changed,
    found,
    tokens,
)

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import node_facts

BLOCKERS = [
    ("CRI-PF-FACTS", {"cni": {"error": "boom", "active": "x", "files": []}}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-STATIC-POD", {"static_pods": [{"file": "odd.yaml", "error": "line 3"}]}),
    ("CRI-PF-FACTS", {"kernel": {"error": "odd"}}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


ERROR = {"error": "storage.conf: bad"}


@pytest.mark.parametrize(
    "target, part, shim, level",
    [
        ("containerd", "containerd", "dockershim", "blocker"),
        ("containerd", "crio", "dockershim", "warning"),
        ("crio", "crio", "dockershim", "blocker"),
        ("crio", "containerd", "dockershim", "warning"),
        ("containerd", "docker", "dockershim", "blocker"),
        ("crio", "docker", "dockershim", "blocker"),
        ("containerd", "cri_dockerd", "dockershim", "warning"),
        ("containerd", "cri_dockerd", "cri-dockerd", "blocker"),
        ("crio", "kernel", "dockershim", "warning"),
        ("crio", "kubelet", "dockershim", "blocker"),
    ],
)
def test_what_a_node_is_on_and_is_to_be_on_must_be_known(target, part, shim, level):
    info = dict(changed(INFO, {"runtime/shim": shim}), **{part: ERROR})
    (item,) = node_facts.judge("node1", info, registry.target(target))
    assert (item["level"], item["token"], item["details"]) == (level, "CRI-PF-FACTS", {"part": part})


def test_a_new_runtime_is_minor_for_the_others(monkeypatch):
    class Third(type(registry.target("crio"))):
        name = "third"

    monkeypatch.setattr(registry, "RUNTIMES", (*registry.RUNTIMES, Third()))
    info = dict(INFO, third=ERROR)
    assert [item["level"] for item in node_facts.judge("node1", info, registry.target("crio"))] == ["warning"]
    assert [item["level"] for item in node_facts.judge("node1", info, Third())] == ["blocker"]


def test_a_revert_needs_no_target():
    assert [item["level"] for item in node_facts.judge("node1", dict(INFO, crio=ERROR))] == ["warning"]
    info = dict(changed(INFO, {"runtime/in_use": "crio"}), crio=ERROR)
    assert [item["level"] for item in node_facts.judge("node1", info)] == ["blocker"]
