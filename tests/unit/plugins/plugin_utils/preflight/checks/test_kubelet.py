# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    INFO,
    changed,
    found,
    tokens,
    with_exceptions,
)

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.rules import Rules
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd import Containerd
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import cri_versions, kubelet

# The newest release of the table, and one that no row has yet.
NEWEST = kubelet_releases.newest()
NEXT = (1, NEWEST[1] + 1)
NEXT_TEXT = "1.%d" % NEXT[1]

BLOCKERS = [
    ("CRI-PF-KUBELET", {"kubelet/installed": False}),
    ("CRI-PF-KUBELET-VERSION", {"kubelet/version": "1.19.16"}),
    ("CRI-PF-KUBELET-DOWN", {"kubelet/running": False}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-KUBELET-VERSION", {"kubelet/version": NEXT_TEXT + ".0", "containerd/version": "2.3.0"}),
    ("CRI-PF-KUBELET-ODDITY", {"kubelet/oddities": ["--foo twice"]}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


# As RKE1 runs it: no file explains a flag.
IN_DOCKER = {
    "kubelet/outside_units": "/docker/0a1b",
    "kubelet/oddities": ["the running kubelet has --v, which no file gives it"],
    "kubelet/flags": [{"name": "v", "value": "2", "source": None, "variable": None}],
}


def test_a_kubelet_without_a_unit_is_refused_whatever_is_allowed():
    for findings in with_exceptions("foreign-containers", changed(INFO, IN_DOCKER)):
        assert tokens(findings) == ["CRI-PF-KUBELET-NO-UNIT"] and tokens(findings, "warning") == []
    (item,) = found(changed(INFO, IN_DOCKER))
    assert "kubelet has no unit" in item["message"] and "/docker/0a1b" in item["message"]
    assert item["allow"] is None and "RKE2" in item["remedy"]


def test_a_release_is_one_row(monkeypatch):
    """A release that is added to the table is known everywhere: here of one that speaks another CRI."""
    info = changed(INFO, {"kubelet/version": NEXT_TEXT + ".1", "containerd/version": "2.3.0"})
    assert tokens(kubelet.judge("node1", info), "warning") == ["CRI-PF-KUBELET-VERSION"]
    row = {"cri": ("v1", "v2"), "removes": ("hairpin-mode",)}
    monkeypatch.setitem(kubelet_releases.RELEASES, NEXT, row)
    assert list(kubelet.judge("node1", info)) == []
    assert "hairpin-mode" in Rules(NEXT, None, "unix:///x", "", True).remove
    assert "hairpin-mode" not in Rules(NEWEST, None, "unix:///x", "", True).remove
    assert tokens(cri_versions.judge("node1", info, Containerd())) == []
    row["cri"] = ("v2",)
    (item,) = cri_versions.judge("node1", info, Containerd())
    assert "kubelet %s.1 asks for CRI v2" % NEXT_TEXT in item["message"] and "speaks only v1" in item["message"]
